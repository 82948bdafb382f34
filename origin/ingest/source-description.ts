import { sortCaptions } from '#shared/model/caption-order.ts';
import type { SourceAudio, SourceDescription, SourceVideo } from '#shared/model/source.ts';
import { parseAacConfig } from './aac.ts';
import { parseAvcConfig } from './avc.ts';
import { codecStringOf, isHevcInterlaced } from './codec-string.ts';
import type { AudioCodec, VideoCodec } from './flv-body.ts';
import type { SourceMetadata } from './source-metadata.ts';
import { meanStepMs, type TrackProbe, trackBitrate } from './track-probe.ts';

const usualFrameRates = [
  10,
  12,
  15,
  20,
  24_000 / 1_001,
  24,
  25,
  30_000 / 1_001,
  30,
  48,
  50,
  60_000 / 1_001,
  60,
  90,
  120,
];
const snapShare = 0.01;
const jitterShare = 0.1;
/** Timestamps are whole milliseconds: two steps of one length may differ by this much. */
const roundingMs = 2;
const framesToJudge = 10;
const opusRate = 48_000;

/** A video track in the words of the model; `unsupported` when its configuration cannot be read. */
export function describeVideo(track: TrackProbe, metadata: SourceMetadata): SourceVideo {
  const avc = track.codec === 'h264' && track.config ? parseAvcConfig(track.config) : null;
  const config = avc?.ok ? avc.value : null;
  const measured = {
    gopMs: track.keyframes > 1 ? track.gopMsMax : null,
    hasBFrames: reorders(track, config?.hasBFrames ?? null),
    openGop: track.openKeyframes > 0,
    interlaced: config?.interlaced ?? (track.codec === 'hevc' && isHevcInterlaced(track.config ?? Buffer.alloc(0))),
    captions: sortCaptions(track.captions),
    bitrate: trackBitrate(track),
    frameRate: frameRate(track, config?.frameRate ?? null, metadata.frameRate),
    frameRateConstant: isSteady(track),
  };
  if (avc && !config) return { ...measured, codec: 'unsupported', codecString: '', width: 0, height: 0 };
  return {
    ...measured,
    codec: track.codec as VideoCodec,
    codecString: config?.codecString ?? codecStringOf(track.codec, track.config ?? Buffer.alloc(0)),
    width: config?.width ?? metadata.width,
    height: config?.height ?? metadata.height,
  };
}

/** An audio track in the words of the model. */
export function describeAudio(track: TrackProbe): SourceAudio {
  const bitrate = trackBitrate(track);
  const codec = track.codec as AudioCodec;
  if (codec === 'opus') {
    // OpusHead (RFC 7845, 5.1): the channel count is its tenth byte; Opus is always decoded at 48 kHz.
    return { codec, sampleRate: opusRate, channels: track.config?.[9] ?? 2, bitrate };
  }
  if (codec !== 'aac' || !track.config) return { codec, sampleRate: 0, channels: 0, bitrate };
  const aac = parseAacConfig(track.config);
  if (!aac.ok) return { codec: 'unsupported', sampleRate: 0, channels: 0, bitrate };
  return { codec, sampleRate: aac.value.playedRate, channels: aac.value.channels, bitrate };
}

/**
 * A source that changed while it was live: what its new configuration says, and what was measured before, which one
 * look at the first picture cannot tell. A track that sends nothing at the moment is still there.
 */
export function carryOver(before: SourceDescription, now: SourceDescription): SourceDescription {
  return { ...now, video: carryVideo(before.video, now.video), audio: now.audio ?? before.audio };
}

function carryVideo(before: SourceVideo | null, now: SourceVideo | null): SourceVideo | null {
  if (!before || !now) return now ?? before;
  const { codec, codecString, interlaced } = now;
  // Some codecs' configurations are not read for a size, and what was said of the first one may not be said again.
  const { width, height } = now.width > 0 && now.height > 0 ? now : before;
  return { ...before, codec, codecString, width, height, interlaced };
}

function reorders(track: TrackProbe, stated: boolean | null): boolean {
  if (track.frames < framesToJudge && stated !== null) return stated;
  return track.frames > 1 && track.compositionMsMin !== track.compositionMsMax;
}

function isSteady(track: TrackProbe): boolean {
  if (track.frames < 2) return true;
  return track.stepMsMax - track.stepMsMin <= Math.max(roundingMs, jitterShare * meanStepMs(track));
}

/** Measured, and snapped to what the encoder states or to a usual rate when that is within 1 %. */
function frameRate(track: TrackProbe, stated: number | null, claimed: number): number {
  const meanMs = meanStepMs(track);
  if (meanMs <= 0) return rounded(stated ?? claimed);
  const measured = 1_000 / meanMs;
  const near = (rate: number): boolean => Math.abs(rate - measured) <= snapShare * measured;
  if (stated !== null && near(stated)) return rounded(stated);
  const distance = (rate: number): number => Math.abs(rate - measured);
  const [usual] = usualFrameRates.filter(near).sort((a, b) => distance(a) - distance(b));
  return rounded(usual ?? measured);
}

function rounded(rate: number): number {
  return Math.round(rate * 1_000) / 1_000;
}
