import type { SourceDescription, SourceVideo } from '#shared/model/source.ts';
import type { Capacity } from '../../origin/transcoder/ladder.ts';

/** A usual source: 1080p30 H.264 with keyframes every 2 s, stereo AAC. */
export function sourceOf(
  video: Partial<SourceVideo> | null = {},
  audio: SourceDescription['audio'] | 'usual' = 'usual',
): SourceDescription {
  return {
    video: video && { ...usualVideo, ...video },
    audio: audio === 'usual' ? { codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: 160_000 } : audio,
    encoder: 'test',
  };
}

const usualVideo: SourceVideo = {
  codec: 'h264',
  codecString: 'avc1.640028',
  width: 1_920,
  height: 1_080,
  frameRate: 30,
  frameRateConstant: true,
  gopMs: 2_000,
  hasBFrames: false,
  openGop: false,
  interlaced: false,
  captions: [],
  bitrate: 6_000_000,
};

/** A machine that encodes whatever is asked. */
export const ampleCapacity: Capacity = { pixelsPerSecond: 1e12, inUse: 0 };
