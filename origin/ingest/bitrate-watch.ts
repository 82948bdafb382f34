import { sourceHealthLimits } from '#shared/limits/ingest.ts';

/** What a picture costs, keyframe by keyframe: a reducer over its frames. */
export interface BitrateWatch {
  readonly verdict: BitrateVerdict;
  /** Newest whole stretches, oldest first. */
  readonly stretches: readonly Stretch[];
  /** The one that is being counted; null until a keyframe begins one. */
  readonly open: { readonly startMs: number; readonly sizeBytes: number } | null;
}

export interface BitrateVerdict {
  readonly high: boolean;
  readonly low: boolean;
  readonly unstable: boolean;
}

/** Some seconds of picture from one keyframe to another. */
interface Stretch {
  readonly durationMs: number;
  readonly sizeBytes: number;
}

interface Picture {
  readonly timestampMs: number;
  readonly sizeBytes: number;
  readonly keyframe: boolean;
}

const fine: BitrateVerdict = Object.freeze({ high: false, low: false, unstable: false });
const limits = sourceHealthLimits;

/** Before the first picture. */
export function createBitrateWatch(): BitrateWatch {
  return { verdict: fine, stretches: [], open: null };
}

/** After a hole in time: what was being counted is left out. */
export function breakBitrate(state: BitrateWatch): BitrateWatch {
  return { ...state, open: null };
}

/** The state after one more picture. @param usualBitrate of a picture of this size and rate, bits per second; 0: not known */
export function watchBitrate(state: BitrateWatch, picture: Picture, usualBitrate: number): BitrateWatch {
  const { timestampMs, sizeBytes, keyframe } = picture;
  const { open } = state;
  if (!open) return keyframe ? { ...state, open: { startMs: timestampMs, sizeBytes } } : state;
  const durationMs = timestampMs - open.startMs;
  const isWhole = durationMs >= (keyframe ? limits.stretchMsMin : limits.stretchMsMax);
  if (!isWhole) return { ...state, open: { ...open, sizeBytes: open.sizeBytes + sizeBytes } };
  const stretches = [...state.stretches, { durationMs, sizeBytes: open.sizeBytes }].slice(-limits.stretchesMax);
  const verdict = judgeBitrate(stretches, usualBitrate, state.verdict);
  return { verdict, stretches, open: { startMs: timestampMs, sizeBytes } };
}

function judgeBitrate(stretches: readonly Stretch[], usualBitrate: number, before: BitrateVerdict): BitrateVerdict {
  const newest = stretches.slice(-limits.meanStretches);
  if (newest.length < limits.meanStretches) return before;
  const bitrate = bitrateOf(newest);
  const share = usualBitrate > 0 ? bitrate / usualBitrate : 1;
  // Little pictures cost nobody much, and nobody looks at them for their sharpness.
  const costly = bitrate > limits.highBitrateMin;
  const large = usualBitrate >= limits.usualBitrateJudgedMin;
  return {
    high: costly && share > (before.high ? limits.bitrateHighCalm : limits.bitrateHigh),
    low: large && share < (before.low ? limits.bitrateLowCalm : limits.bitrateLow),
    unstable: swing(stretches) > (before.unstable ? limits.bitrateSwingCalm : limits.bitrateSwing),
  };
}

/** Mean difference between one stretch and the next, as a share of their mean; one step is another scene and free. */
function swing(stretches: readonly Stretch[]): number {
  const rates = stretches.map((one) => bitrateOf([one]));
  const steps = rates.slice(1).map((rate, i) => Math.abs(rate - (rates[i] ?? rate)));
  if (steps.length < limits.swingStepsMin) return 0;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const mean = sum(rates) / rates.length;
  return mean > 0 ? (sum(steps) - Math.max(...steps)) / steps.length / mean : 0;
}

function bitrateOf(stretches: readonly Stretch[]): number {
  const durationMs = stretches.reduce((sum, one) => sum + one.durationMs, 0);
  const sizeBytes = stretches.reduce((sum, one) => sum + one.sizeBytes, 0);
  return durationMs > 0 ? (sizeBytes * 8_000) / durationMs : 0;
}
