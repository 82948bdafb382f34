import { paceLimits } from '#shared/limits/transcoder.ts';

/**
 * Whether media reaches the window later than players allow for, as a function of (state, sample, now). They keep a hold-back
 * behind what is listed, so that a steady way through the encoder costs them nothing; what is longer than the shortest of
 * the last while by more than the hold-back leaves them without media.
 */
export interface Lateness {
  readonly late: boolean;
  /** Of the last while, oldest first. */
  readonly samples: readonly LatenessSample[];
  /** No judgement before: a new encoder is starting. */
  readonly settledAtMs: number;
}

interface LatenessSample {
  readonly atMs: number;
  /** How long the oldest media in the encoder had been there, ms. */
  readonly waitingMs: number;
}

/** Nothing measured. */
export function createLateness(): Lateness {
  return { late: false, samples: [], settledAtMs: 0 };
}

/** A new encoder run begins: it is given time to start, and its way may be of another length. */
export function settleLateness(state: Lateness, nowMs: number): Lateness {
  return { ...state, samples: [], settledAtMs: nowMs + paceLimits.settleMs };
}

/** The state after one sample; none counts while no media waits. */
export function watchLateness(state: Lateness, waitingMs: number, nowMs: number): Lateness {
  if (nowMs < state.settledAtMs || waitingMs <= 0) return state;
  const { lateWindowMs, lateMsMax, lateForMs, lateSamplesMin, lateCalmMs } = paceLimits;
  const samples = [...state.samples, { atMs: nowMs, waitingMs }].filter(({ atMs }) => atMs > nowMs - lateWindowMs);
  const least = Math.min(...samples.map((one) => one.waitingMs));
  const late = samples.filter((one) => one.waitingMs - least > lateMsMax);
  const since = (ms: number) => late.filter(({ atMs }) => atMs > nowMs - ms).length;
  return { ...state, samples, late: state.late ? since(lateCalmMs) > 0 : since(lateForMs) >= lateSamplesMin };
}
