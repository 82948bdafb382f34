import { paceLimits } from '#shared/limits/transcoder.ts';

/**
 * Which rungs to leave out, as a function of (state, sample, now): one is shed when media waits too long in the encoder
 * for too long, and comes back after a calm time, which doubles whenever a rung that came back had to go again.
 */
export interface Shedding {
  /** Rungs that are left out now. */
  readonly shed: number;
  readonly slowSinceMs: number | null;
  readonly calmSinceMs: number | null;
  /** Calm time that a return takes at first, and the next one, ms. */
  readonly calmMsMin: number;
  readonly calmMs: number;
  readonly restoredAtMs: number | null;
  /** No judgement before: a new encoder is starting. */
  readonly settledAtMs: number;
}

export interface PaceSample {
  /** How long the oldest media in the encoder has been there, ms. */
  readonly waitingMs: number;
  /** Rungs that could still be shed. */
  readonly sheddable: number;
}

export interface SheddingStep {
  readonly state: Shedding;
  readonly decision: 'keep' | 'shed' | 'restore';
}

/** Nothing shed. */
export function createShedding(calmMsMin: number = paceLimits.calmMsMin): Shedding {
  const never = { slowSinceMs: null, calmSinceMs: null, restoredAtMs: null };
  return { shed: 0, ...never, calmMsMin, calmMs: calmMsMin, settledAtMs: 0 };
}

/** A new encoder run begins: it is given time to start. */
export function settle(state: Shedding, nowMs: number): Shedding {
  return { ...state, slowSinceMs: null, calmSinceMs: null, settledAtMs: nowMs + paceLimits.settleMs };
}

/** The state after one sample, and what is to be done. */
export function stepShedding(state: Shedding, { waitingMs, sheddable }: PaceSample, nowMs: number): SheddingStep {
  if (nowMs < state.settledAtMs) return { state, decision: 'keep' };
  const slowSinceMs = waitingMs >= paceLimits.waitMsMax ? (state.slowSinceMs ?? nowMs) : null;
  const calmSinceMs = waitingMs < paceLimits.calmWaitMsMax ? (state.calmSinceMs ?? nowMs) : null;
  const next = { ...state, slowSinceMs, calmSinceMs };
  if (slowSinceMs !== null && nowMs - slowSinceMs >= paceLimits.slowForMs && sheddable > 0) {
    return { state: shedOne(next, nowMs), decision: 'shed' };
  }
  if (calmSinceMs === null || nowMs - calmSinceMs < state.calmMs) return { state: next, decision: 'keep' };
  if (state.shed === 0) return { state: { ...next, calmMs: state.calmMsMin }, decision: 'keep' };
  const restored = { ...settle(next, nowMs), shed: state.shed - 1, restoredAtMs: nowMs };
  return { state: restored, decision: 'restore' };
}

/** The encoder's input overflowed: that is too slow without another look. */
export function overrun(state: Shedding, sheddable: number, nowMs: number): Shedding {
  return sheddable > 0 ? shedOne(state, nowMs) : settle(state, nowMs);
}

function shedOne(state: Shedding, nowMs: number): Shedding {
  const { restoredAtMs, calmMs } = state;
  const failed = restoredAtMs !== null && nowMs - restoredAtMs < calmMs;
  const longer = failed ? Math.min(paceLimits.calmMsMax, calmMs * 2) : calmMs;
  return { ...settle(state, nowMs), shed: state.shed + 1, calmMs: longer, restoredAtMs: null };
}
