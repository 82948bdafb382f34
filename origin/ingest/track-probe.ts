import type { CaptionChannel } from '#shared/model/source.ts';
import { captionChannels } from './captions.ts';
import {
  type AudioCodec,
  codecOf,
  compositionTimeMs,
  isFrame,
  isKeyframe,
  isOpenKeyframe,
  isSequenceHeader,
  sequenceHeaderConfig,
  type VideoCodec,
} from './flv-body.ts';

/** What was seen of one track; times in ms. */
export interface TrackProbe {
  readonly codec: VideoCodec | AudioCodec;
  /** The newest decoder configuration. */
  readonly config: Buffer | null;
  readonly frames: number;
  readonly sizeBytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly stepMsMin: number;
  readonly stepMsMax: number;
  readonly keyframes: number;
  /** Keyframes without an IDR picture. */
  readonly openKeyframes: number;
  readonly lastKeyframeMs: number;
  readonly gopMsMax: number;
  readonly compositionMsMin: number;
  readonly compositionMsMax: number;
  readonly captions: ReadonlySet<CaptionChannel>;
}

const untouched: Omit<TrackProbe, 'codec'> = Object.freeze({
  config: null,
  frames: 0,
  sizeBytes: 0,
  firstMs: 0,
  lastMs: 0,
  stepMsMin: Number.POSITIVE_INFINITY,
  stepMsMax: 0,
  keyframes: 0,
  openKeyframes: 0,
  lastKeyframeMs: 0,
  gopMsMax: 0,
  compositionMsMin: Number.POSITIVE_INFINITY,
  compositionMsMax: Number.NEGATIVE_INFINITY,
  captions: new Set<CaptionChannel>(),
});

/** The track after one more of its tags. */
export function probeTrack(
  track: TrackProbe | null,
  type: 'audio' | 'video',
  timestampMs: number,
  body: Buffer,
): TrackProbe | null {
  const codec = codecOf(type, body);
  if (isSequenceHeader(type, body)) {
    // Kept beyond the life of the tag, which is a view on a much larger buffer.
    return { ...(track ?? untouched), codec, config: Buffer.from(sequenceHeaderConfig(type, body)) };
  }
  if (!isFrame(type, body)) return track;
  const before = track ?? { ...untouched, codec };
  const counted = countFrame(before, timestampMs, body.length);
  return type === 'video' ? countPicture(counted, timestampMs, body) : counted;
}

/** Whether a decoder could be set up for it: its configuration is there, or it needs none. */
export function isTrackKnown(track: TrackProbe | null): track is TrackProbe {
  if (track === null) return false;
  return track.config !== null || track.codec === 'mp3' || track.codec === 'unsupported';
}

/** Mean distance of frames, ms; 0 when fewer than two came. */
export function meanStepMs(track: TrackProbe): number {
  return track.frames > 1 ? (track.lastMs - track.firstMs) / (track.frames - 1) : 0;
}

/** Measured bits per second; 0 when fewer than two frames came. */
export function trackBitrate(track: TrackProbe): number {
  const durationMs = meanStepMs(track) * track.frames;
  return durationMs > 0 ? Math.round((track.sizeBytes * 8_000) / durationMs) : 0;
}

function countFrame(track: TrackProbe, timestampMs: number, sizeBytes: number): TrackProbe {
  const first = track.frames === 0;
  const stepMs = timestampMs - track.lastMs;
  return {
    ...track,
    frames: track.frames + 1,
    sizeBytes: track.sizeBytes + sizeBytes,
    firstMs: first ? timestampMs : track.firstMs,
    lastMs: timestampMs,
    stepMsMin: first ? track.stepMsMin : Math.min(track.stepMsMin, stepMs),
    stepMsMax: first ? track.stepMsMax : Math.max(track.stepMsMax, stepMs),
  };
}

function countPicture(track: TrackProbe, timestampMs: number, body: Buffer): TrackProbe {
  const compositionMs = compositionTimeMs(body);
  const captions = captionChannels(body).filter((channel) => !track.captions.has(channel));
  const counted = {
    ...track,
    captions: captions.length > 0 ? new Set([...track.captions, ...captions]) : track.captions,
    compositionMsMin: Math.min(track.compositionMsMin, compositionMs),
    compositionMsMax: Math.max(track.compositionMsMax, compositionMs),
  };
  if (!isKeyframe(body)) return counted;
  const gopMs = track.keyframes > 0 ? timestampMs - track.lastKeyframeMs : 0;
  return {
    ...counted,
    keyframes: track.keyframes + 1,
    openKeyframes: track.openKeyframes + (isOpenKeyframe(body) ? 1 : 0),
    lastKeyframeMs: timestampMs,
    gopMsMax: Math.max(track.gopMsMax, gopMs),
  };
}
