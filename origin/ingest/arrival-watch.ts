import { sourceHealthLimits } from '#shared/limits/ingest.ts';

/** How a publisher's media arrives, held against the clock on the wall: a reducer over repaired times. */
export interface ArrivalWatch {
  /** Media comes faster than time passes. */
  readonly fast: boolean;
  /** Second after second, media comes later than what came just before. */
  readonly uneven: boolean;
  readonly begun: Arrived | null;
  readonly arrivalMs: number;
  /** How far media may lie ahead of the wall clock, ms: it follows what comes, but slowly. */
  readonly forgivenMs: number;
  readonly second: Second | null;
  /** How late the second before this one was at its best, ms. */
  readonly beforeMs: number | null;
  /** Newest seconds in which media was late. */
  readonly lateSeconds: readonly number[];
}

/** A frame's time and its arrival, both ms. */
export interface Arrived {
  readonly mediaMs: number;
  readonly arrivalMs: number;
}

interface Second {
  /** Since the first frame. */
  readonly index: number;
  /** Of the frames in it: how late the best one was, and how much later than those before it the worst one, ms. */
  readonly leastMs: number;
  readonly riseMs: number;
}

const limits = sourceHealthLimits;

/** Before a publisher's first frame. */
export function createArrivalWatch(): ArrivalWatch {
  const nothing = { fast: false, uneven: false, begun: null, second: null, beforeMs: null };
  return { ...nothing, arrivalMs: Number.NEGATIVE_INFINITY, forgivenMs: 0, lateSeconds: [] };
}

/** The state after one more frame of the leading track. */
export function watchArrival(state: ArrivalWatch, { mediaMs, arrivalMs }: Arrived): ArrivalWatch {
  if (!state.begun) return { ...state, begun: { mediaMs, arrivalMs }, arrivalMs };
  // A wall clock that is set back says nothing about the source.
  const begunMs = state.begun.arrivalMs - Math.max(0, state.arrivalMs - arrivalMs);
  const begun = { ...state.begun, arrivalMs: begunMs };
  const passedMs = arrivalMs - begunMs;
  const leadMs = mediaMs - begun.mediaMs - passedMs;
  const forgivenMs = forgive(state, leadMs, passedMs, Math.max(0, arrivalMs - state.arrivalMs));
  const aheadMs = leadMs - forgivenMs;
  const fast = aheadMs > (state.fast ? limits.aheadCalmMs : limits.aheadMsMax);
  return { ...watchSecond(state, -leadMs, Math.floor(passedMs / 1_000)), fast, begun, arrivalMs, forgivenMs };
}

/** Encoders begin with a burst of what they have kept; later on media may only be a little faster than time. */
function forgive({ forgivenMs }: ArrivalWatch, leadMs: number, passedMs: number, stepMs: number): number {
  if (leadMs <= forgivenMs) return forgivenMs;
  if (passedMs <= limits.burstWithinMs) return Math.min(leadMs, limits.burstMsMax);
  const followed = Math.min(leadMs, forgivenMs + stepMs * (limits.paceMax - 1));
  return Math.max(followed, leadMs - limits.aheadKeptMsMax);
}

function watchSecond(state: ArrivalWatch, latenessMs: number, index: number): ArrivalWatch {
  const { second } = state;
  if (second?.index !== index) return watchRise(state, { index, leastMs: latenessMs, riseMs: 0 }, latenessMs);
  return watchRise(state, second, latenessMs);
}

function watchRise(state: ArrivalWatch, second: Second, latenessMs: number): ArrivalWatch {
  const isNew = state.second?.index !== second.index;
  const beforeMs = isNew ? (state.second?.leastMs ?? null) : state.beforeMs;
  const riseMs = Math.max(second.riseMs, latenessMs - Math.min(second.leastMs, beforeMs ?? second.leastMs));
  const next = { ...second, leastMs: Math.min(second.leastMs, latenessMs), riseMs };
  const isLate = riseMs > limits.lateMsMax && state.lateSeconds.at(-1) !== second.index;
  const kept = state.lateSeconds.filter((one) => one > second.index - limits.lateWindowS);
  const lateSeconds = isLate ? [...kept, second.index] : kept;
  const uneven = lateSeconds.length >= (state.uneven ? limits.lateSecondsCalm : limits.lateSecondsMax);
  return { ...state, second: next, beforeMs, lateSeconds, uneven };
}
