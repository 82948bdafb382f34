import { packagerLimits } from '#shared/limits/packager.ts';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { SourceVideo } from '#shared/model/source.ts';

/** Frames per second as a fraction, which is what encoders and their timescales need: 30000/1001. */
export interface FrameRate {
  readonly num: number;
  readonly den: number;
}

const usualRates: readonly FrameRate[] = [
  ...[10, 12, 15, 20].map((num) => ({ num, den: 1 })),
  { num: 24_000, den: 1_001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1_001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60_000, den: 1_001 },
  { num: 60, den: 1 },
];
const fallbackRate: FrameRate = { num: 30, den: 1 };
const snapShare = 0.01;
/** Below any frame's duration, above the error of the arithmetic. */
const epsilon = 1e-6;

/** Decimal frames per second as manifests print it, three digits. */
export function decimalRate(rate: FrameRate): number {
  return Math.round((rate.num / rate.den) * 1_000) / 1_000;
}

/** The usual rate within 1 %, else the decimal itself in thousandths. 30 when nothing was measured. */
export function exactRate(framesPerSecond: number): FrameRate {
  if (!(framesPerSecond > 0) || !Number.isFinite(framesPerSecond)) return fallbackRate;
  const nearest = usualRates.reduce((a, b) => (distance(a, framesPerSecond) <= distance(b, framesPerSecond) ? a : b));
  if (distance(nearest, framesPerSecond) <= framesPerSecond * snapShare) return nearest;
  return { num: Math.max(1, Math.round(framesPerSecond * 1_000)), den: 1_000 };
}

/**
 * The constant rate that a source is encoded at: its own; a whole fraction of it above `frameRateMax`, so that frames
 * are dropped evenly; for a variable source the next usual rate up, so that no frame is lost.
 */
export function encodedRate(video: Pick<SourceVideo, 'frameRate' | 'frameRateConstant'>): FrameRate {
  const own = exactRate(video.frameRate);
  const perSecond = own.num / own.den;
  const divisor = Math.ceil(perSecond / (transcoderLimits.frameRateMax * (1 + snapShare)));
  const rate = divisor > 1 ? exactRate(perSecond / divisor) : own;
  if (video.frameRateConstant) return rate;
  return usualRates.find((usual) => usual.num / usual.den >= rate.num / rate.den - epsilon) ?? rate;
}

/** Frames in a part: the fewest that last `packagerLimits.partTargetMs`. */
export function framesPerPart(rate: FrameRate): number {
  return framesLasting(packagerLimits.partTargetMs, rate);
}

/** Frames between keyframes that we place: the fewest that last `packagerLimits.segmentTargetMs`. */
export function framesPerSegment(rate: FrameRate): number {
  return framesLasting(packagerLimits.segmentTargetMs, rate);
}

/** Duration of whole frames in ms, not rounded. */
export function framesMs(frames: number, rate: FrameRate): number {
  return (frames * 1_000 * rate.den) / rate.num;
}

function framesLasting(durationMs: number, rate: FrameRate): number {
  return Math.max(1, Math.ceil((durationMs * rate.num) / (1_000 * rate.den) - epsilon));
}

function distance(rate: FrameRate, framesPerSecond: number): number {
  return Math.abs(rate.num / rate.den - framesPerSecond);
}
