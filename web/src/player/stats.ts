import { bitrateText } from '../page/duration.ts';
import type { Engine } from './engine.ts';

/** What the statistics panel knows at one moment; null where nothing is known. */
export interface Sample {
  readonly engine: string;
  readonly latencySeconds: number | null;
  readonly targetSeconds: number | null;
  readonly bufferSeconds: number | null;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number | null;
  readonly droppedFrames: number;
  readonly totalFrames: number;
  readonly stalls: number;
  readonly pop: string | null;
  readonly broadcast: string | null;
  readonly lastError: string | null;
}

/** Measures the video element and its engine. */
export function measure(
  video: HTMLVideoElement,
  engine: Engine | null,
  page: Pick<Sample, 'stalls' | 'pop' | 'broadcast' | 'lastError'>,
): Sample {
  const quality = video.getVideoPlaybackQuality();
  return {
    engine: engine?.name ?? 'none',
    latencySeconds: engine?.latencySeconds() ?? null,
    targetSeconds: engine?.targetLatencySeconds() ?? null,
    bufferSeconds: bufferedAhead(video),
    width: video.videoWidth,
    height: video.videoHeight,
    bitrate: engine?.currentLevel()?.bitrate ?? null,
    droppedFrames: quality.droppedVideoFrames,
    totalFrames: quality.totalVideoFrames,
    ...page,
  };
}

/** Seconds that can be played without another byte. */
function bufferedAhead(video: HTMLVideoElement): number | null {
  const { buffered, currentTime } = video;
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.1 && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
  }
  return buffered.length > 0 ? 0 : null;
}

/** The panel's lines, name and value. */
export function statsLines(sample: Sample): [string, string][] {
  const seconds = (value: number | null) => (value === null ? '–' : `${value.toFixed(2)} s`);
  const target = sample.targetSeconds === null ? '' : ` (aims for ${seconds(sample.targetSeconds)})`;
  return [
    ['Engine', sample.engine],
    ['Behind live', `${seconds(sample.latencySeconds)}${target}`],
    ['Buffer', seconds(sample.bufferSeconds)],
    ['Picture', sample.height > 0 ? `${sample.width}×${sample.height}` : '–'],
    ['Bitrate', sample.bitrate ? bitrateText(sample.bitrate) : '–'],
    ['Dropped frames', `${sample.droppedFrames} of ${sample.totalFrames}`],
    ['Stalls', String(sample.stalls)],
    ['PoP', sample.pop ?? '–'],
    ['Broadcast', sample.broadcast ?? '–'],
    ['Last error', sample.lastError ?? 'none'],
  ];
}

/** The lines as plain text, for a report. */
export function statsText(sample: Sample): string {
  return statsLines(sample)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
