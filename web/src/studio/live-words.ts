import type { Report, Source } from '#shared/api/shapes.ts';
import type { Finding } from '#shared/model/finding.ts';
import { bitrateText, durationText } from '../page/duration.ts';
import { positionText } from '../player/media-range.ts';
import type { Facts } from './studio.ts';

/** What Go live is about at this moment. */
export type Stage = 'closed' | 'foreign' | 'listening' | 'starting' | 'live' | 'interrupted';

/** The words on the third card. */
export interface StageWords {
  readonly stage: Stage;
  readonly headline: string;
  readonly sentence: string;
}

/** A broadcast is under way. */
export function isOnAir(stage: Stage): boolean {
  return stage === 'starting' || stage === 'live' || stage === 'interrupted';
}

/** What Go live shows of a channel. */
export function stageWords({ channel, broadcast, nowMs }: Facts): StageWords {
  if (channel.disabled) {
    const sentence = 'Encoders are refused and nothing is played. Open the channel to go live again.';
    return { stage: 'closed', headline: 'This channel is closed', sentence };
  }
  if (channel.sourceUrl !== null) {
    const sentence = 'It plays a manifest of another server, so there is nothing to publish here.';
    return { stage: 'foreign', headline: 'This channel has a foreign source', sentence };
  }
  switch (channel.state) {
    case 'starting':
      return { stage: 'starting', headline: 'Your encoder is here', sentence: 'The first picture is being made.' };
    case 'live':
      return { stage: 'live', headline: 'You are live', sentence: 'This is what your encoder sends.' };
    case 'interrupted':
      return {
        stage: 'interrupted',
        headline: 'Your encoder dropped',
        sentence: 'Viewers see “Back in a moment”. Most encoders reconnect by themselves; the same broadcast goes on.',
      };
    default: {
      const endedMs = broadcast?.endedMs ?? null;
      const past =
        endedMs === null ? '' : ` The last broadcast ended ${durationText(Math.max(0, nowMs - endedMs))} ago.`;
      const sentence = `Press Start Streaming in your encoder; what it sends appears here within seconds.${past}`;
      return { stage: 'listening', headline: 'Listening for your encoder…', sentence };
    }
  }
}

/** `12:05` since the broadcast began; null while there is none. */
export function timerText({ broadcast, nowMs }: Facts): string | null {
  if (!broadcast || broadcast.state === 'ended') return null;
  return positionText(Math.max(0, nowMs - broadcast.startedMs) / 1_000);
}

/** `54 s left before the broadcast ends`; null while nothing is interrupted. */
export function countdownText({ broadcast, nowMs }: Facts): string | null {
  if (broadcast?.state !== 'interrupted' || broadcast.interruptedUntilMs === null) return null;
  const seconds = Math.ceil((broadcast.interruptedUntilMs - nowMs) / 1_000);
  return seconds > 0 ? `${seconds} s left before the broadcast ends` : 'The broadcast ends any moment';
}

/** What the encoder sends, line by line; empty while nothing is known. */
export function seenLines(report: Report | null): [term: string, text: string][] {
  if (!report?.source) return [];
  const { encoder } = report.source;
  const heights = report.renditions.flatMap((one) => (one.kind === 'video' ? [one.height] : []));
  const ladder = [...new Set(heights)].sort((a, b) => b - a).map((height) => `${height}p`);
  return [
    ...pictureLines(report.source),
    ...soundLines(report.source),
    ...(encoder ? [['Encoder', encoder] as [string, string]] : []),
    ...(ladder.length > 0 ? [['Viewers get', ladder.join(', ')] as [string, string]] : []),
  ];
}

const codecNames: Readonly<Record<string, string>> = {
  h264: 'H.264',
  hevc: 'HEVC',
  av1: 'AV1',
  vp9: 'VP9',
  aac: 'AAC',
  opus: 'Opus',
  mp3: 'MP3',
  unsupported: 'unknown codec',
};

function pictureLines({ video }: Source): [string, string][] {
  if (!video) return [['Picture', 'none']];
  const { width, height, frameRate, codec, bitrate, gopMs } = video;
  return [
    ['Picture', `${width} × ${height}, ${Math.round(frameRate * 100) / 100} fps, ${codecNames[codec]}`],
    ['Bitrate', bitrateText(bitrate)],
    ['Keyframes', gopMs === null ? 'one so far' : `every ${(gopMs / 1_000).toFixed(1)} s`],
  ];
}

function soundLines({ audio }: Source): [string, string][] {
  if (!audio) return [['Sound', 'none']];
  const { codec, sampleRate, channels } = audio;
  const layout = channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`;
  return [['Sound', `${codecNames[codec]}, ${sampleRate / 1_000} kHz, ${layout}`]];
}

const ranks = { error: 0, warning: 1, info: 2 } as const;

/** Worst first, and among equals the oldest. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => ranks[a.severity] - ranks[b.severity] || a.openedMs - b.openedMs);
}

/** When what a finding warns of is to be expected; null where that is not known. @param nowMs the server's clock */
export function expectedText({ expectedMs }: Finding, nowMs: number): string | null {
  if (expectedMs === undefined) return null;
  const leftMs = expectedMs - nowMs;
  return leftMs < 60_000 ? 'Expected any moment.' : `Expected in about ${durationText(leftMs)}.`;
}

/** A preview of the lowest rendition; null while there is nothing to show, or the studio is no place for it. */
export function previewUrl({ channel, broadcast }: Facts): string | null {
  if (channel.visibility === 'signed' || channel.sites !== null) return null;
  const heights = broadcast?.report?.renditions.flatMap((one) => (one.kind === 'video' ? [one.height] : [])) ?? [];
  if (heights.length === 0) return null;
  return `${channel.playback.hls}?max_height=${Math.min(...heights)}`;
}
