import { pageLimits } from '#shared/limits/page.ts';

/** How far a manifest lists media at one moment. */
export interface ListedEdge {
  /** Grows with what is listed; compared between engines of one protocol only. */
  readonly at: number;
  /** From one announcement to the next while all is well, seconds. */
  readonly stepS: number;
}

/** What is known of a broadcast's live edge, from engine to engine; changed by the functions here only. */
export interface LiveEdge {
  /** The furthest that was ever listed; null: nothing was. */
  readonly at: number | null;
  /** What the mounted engine saw last; null: nothing yet. */
  readonly seen: number | null;
  readonly stepS: number;
  /** When it was last seen to move; null: never, so that nothing is known of its pace. */
  readonly movedMs: number | null;
  /** The mounted engine began when nothing new had been listed for a moment, and has seen nothing that is newer. */
  readonly onTrial: boolean;
  /** When the mounted engine began; null: none is, or its picture has moved. */
  readonly beganMs: number | null;
  /** An engine failed for want of an answer before the edge was ever seen to move, and nothing new has come since. */
  readonly isUnreached: boolean;
}

/** Before anything is known. */
export const unknownEdge: LiveEdge = Object.freeze({
  at: null,
  seen: null,
  stepS: 0,
  movedMs: null,
  onTrial: false,
  beganMs: null,
  isUnreached: false,
});

/**
 * Another engine begins. On old media it would show again what was seen already; where all is well its first look at the
 * manifest is newer than the last one of the engine before it.
 */
export function edgeOfNewEngine(edge: LiveEdge, nowMs: number): LiveEdge {
  const isOld = isUnmoved(edge, pageLimits.edgeOldMsMin, nowMs) || (edge.isUnreached && edge.at !== null);
  return { ...edge, seen: null, onTrial: isOld, beganMs: nowMs };
}

/** The mounted engine's manifest was looked at. */
export function lookAtEdge(edge: LiveEdge, listed: ListedEdge | null, nowMs: number): LiveEdge {
  if (!listed) return edge;
  const { at, stepS } = listed;
  // Numbers may begin anew at the source: what an engine itself saw growing is news, whatever was before it.
  const before = edge.seen ?? edge.at;
  const known = { ...edge, at: Math.max(at, edge.at ?? at), seen: at, stepS };
  return before !== null && at > before ? { ...known, movedMs: nowMs, onTrial: false, isUnreached: false } : known;
}

/** The picture moves: there is media, also where an engine says nothing of what it lists. */
export function edgeOfPicture(edge: LiveEdge): LiveEdge {
  return { ...edge, beganMs: null, isUnreached: false };
}

/** The mounted engine failed. A pace that is known tells more than that. @param isUnreached for want of an answer */
export function edgeOfFailure(edge: LiveEdge, isUnreached: boolean): LiveEdge {
  return { ...edge, beganMs: null, isUnreached: isUnreached && edge.movedMs === null };
}

/** There was a reason for it to stand still, and there is none any more. */
export function awaitEdge(edge: LiveEdge, nowMs: number): LiveEdge {
  const later = (sinceMs: number | null) => (sinceMs === null ? null : nowMs);
  return { ...edge, movedMs: later(edge.movedMs), beganMs: later(edge.beganMs), isUnreached: false };
}

/** Whether nothing new was listed for longer than it may take, or nothing at all can be had. */
export function isStill(edge: LiveEdge, nowMs: number): boolean {
  return edge.isUnreached || isUnanswered(edge, nowMs) || isUnmoved(edge, pageLimits.edgeStillMsMin, nowMs);
}

function isUnmoved({ movedMs, stepS }: LiveEdge, msMin: number, nowMs: number): boolean {
  return movedMs !== null && nowMs - movedMs > Math.max(msMin, 2_000 * stepS);
}

function isUnanswered({ at, beganMs }: LiveEdge, nowMs: number): boolean {
  return at === null && beganMs !== null && nowMs - beganMs > pageLimits.edgeUnlistedMsMin;
}
