import { packagerLimits } from '#shared/limits/packager.ts';

/**
 * Where segments end, for all renditions of one encoder run together. Boundaries are media times in ms since the
 * broadcast began. They are known before the media arrives: keyframes of the source are seen on their way into the
 * encoder, and a fixed keyframe interval is arithmetic. So the last part of a segment is recognised as such when it
 * is announced, and a preload hint never names a part that will not exist.
 */
export interface Grid {
  readonly kind: 'source' | 'fixed';
  /** Longest keyframe interval expected, ms (`source`), or the interval itself (`fixed`). */
  readonly keyframeMs: number;
  readonly targetDurationS: number;
  /** Newest source keyframe, ms. */
  readonly keyframeAtMs: number | null;
  /** Source keyframes too far ahead of the media to say yet whether a segment can last until the first. */
  readonly ahead: readonly Keyframe[];
  /** boundaries[i] ends the run's i-th segment; the start of segment 0 is `startMs`. */
  readonly boundaries: readonly number[];
  readonly startMs: number | null;
  /** How many of the run's oldest boundaries have been forgotten. */
  readonly dropped: number;
  /** What parts are made of; null: keyframes never come in the middle of one. */
  readonly parts: PartShape | null;
}

/** A keyframe of the source, ms, and how long after the one before. */
interface Keyframe {
  readonly atMs: number;
  readonly intervalMs: number;
}

/** From each keyframe on, a part has so many frames. */
export interface PartShape {
  readonly frames: number;
  readonly frameMs: number;
}

const boundariesMax = 64;
const aheadMax = 64;
/** A shorter part may only end a segment (rfc8216bis 4.4.4.9). */
const partShareMin = 0.85;
/** Segments are not cut shorter than this for the sake of a part: sound has to have one of its own in each. */
const cutMsMin = 2 * packagerLimits.partTargetMs;
/**
 * Half a frame at 60 fps, and more than the rounding of millisecond timestamps. Not a whole number, so that no time lies
 * right at the edge, where rounding would decide otherwise each time.
 */
export const slackMs = 8.03;

/** Whole seconds that no segment of this grid exceeds after rounding (EXT-X-TARGETDURATION, rfc8216bis 4.4.3.1). */
export function targetDurationOf(keyframeMs: number): number {
  return Math.max(1, Math.round((keyframesPerSegment(keyframeMs) * keyframeMs) / 1000));
}

function keyframesPerSegment(keyframeMs: number): number {
  return Math.max(1, Math.ceil((packagerLimits.segmentTargetMs - slackMs) / keyframeMs));
}

/** Longest segment, ms, that a target duration allows after rounding. */
export function longestSegmentOf(targetDurationS: number): number {
  return targetDurationS * 1000 + 499;
}

/** A grid for a run; `targetDurationS` stays what it was when the broadcast goes on after a break. */
export function createGrid(
  kind: Grid['kind'],
  keyframeMs: number,
  targetDurationS: number,
  parts: PartShape | null = null,
): Grid {
  const begun = { keyframeAtMs: null, ahead: [], boundaries: [], startMs: null, dropped: 0 };
  return { kind, keyframeMs, targetDurationS, parts, ...begun };
}

/** A source keyframe is on its way (`source` grids only). */
export function gridKeyframe(grid: Grid, atMs: number): Grid {
  if (grid.kind !== 'source') return grid;
  if (grid.startMs === null) return { ...grid, startMs: atMs, keyframeAtMs: atMs };
  const intervalMs = atMs - (grid.keyframeAtMs ?? atMs);
  // A scene cut makes an interval shorter than the encoder's own; the longest one seen is what to expect.
  const seen = { ...grid, keyframeAtMs: atMs, keyframeMs: Math.max(grid.keyframeMs, intervalMs) };
  const keyframe = { atMs, intervalMs };
  const waits = grid.ahead.length > 0 || atMs - lastBoundary(grid) > longestSegmentMs(grid);
  return waits ? { ...seen, ahead: [...grid.ahead, keyframe].slice(-aheadMax) } : cutAtKeyframe(seen, keyframe);
}

/**
 * Ends a segment at a keyframe when it is long enough, would get too long by waiting for the next, or has too short a part
 * in front of it.
 */
function cutAtKeyframe(grid: Grid, { atMs, intervalMs }: Keyframe): Grid {
  const sinceMs = atMs - lastBoundary(grid);
  if (sinceMs <= slackMs) return grid;
  const longEnough = sinceMs >= packagerLimits.segmentTargetMs - slackMs;
  const nextTooLate = sinceMs + grid.keyframeMs > longestSegmentMs(grid);
  const cutsPart = sinceMs >= cutMsMin && endsInShortPart(grid, intervalMs);
  return longEnough || nextTooLate || cutsPart ? addBoundary(grid, atMs) : grid;
}

/** Judges keyframes that were too far ahead, as soon as media has reached them or a boundary has come near. */
function catchUp(grid: Grid, endMs: number): Grid {
  let next = grid;
  for (let keyframe = next.ahead[0]; keyframe !== undefined; keyframe = next.ahead[0]) {
    const near = keyframe.atMs - lastBoundary(next) <= longestSegmentMs(next);
    if (!near && endMs < keyframe.atMs - slackMs) return next;
    next = cutAtKeyframe({ ...next, ahead: next.ahead.slice(1) }, keyframe);
  }
  return next;
}

/**
 * A keyframe in place of a picture that does not come (`source` grids only). They are many: a segment ends at the one
 * that makes it about as long as it should be, and they say nothing about the source's interval.
 */
export function gridStill(grid: Grid, atMs: number): Grid {
  if (grid.kind !== 'source' || grid.startMs === null) return grid;
  const longMs = packagerLimits.segmentTargetMs - packagerLimits.partTargetMs - slackMs;
  const next = { ...grid, keyframeAtMs: atMs };
  return atMs - lastBoundary(grid) >= longMs ? addBoundary(next, atMs) : next;
}

/** The leading rendition's media has reached `endMs` (from `startMs` on); extends fixed grids and guards all. */
export function gridProgress(grid: Grid, startMs: number, endMs: number): Grid {
  let next = grid.startMs === null ? { ...grid, startMs } : grid;
  if (next.kind === 'fixed') {
    while (lastBoundary(next) <= endMs) next = addBoundary(next, lastBoundary(next) + next.keyframeMs);
    return next;
  }
  next = catchUp(next, endMs);
  const openMs = endMs - lastBoundary(next);
  return openMs > longestSegmentMs(next) - packagerLimits.partTargetMs ? addBoundary(next, endMs) : next;
}

/** Moves the boundary that the leading rendition really used, so that arithmetic does not drift away from it. */
export function gridSettle(grid: Grid, index: number, atMs: number): Grid {
  const place = index - grid.dropped;
  if (grid.kind !== 'fixed' || place < 0 || place >= grid.boundaries.length) return grid;
  const kept = grid.boundaries.slice(0, place);
  return { ...grid, boundaries: [...kept, atMs] };
}

/** End of the run's index-th segment in ms, or null while it is not known. */
export function boundaryAt(grid: Grid, index: number): number | null {
  const place = index - grid.dropped;
  if (place < 0) return Number.NEGATIVE_INFINITY;
  return grid.boundaries[place] ?? null;
}

/** Where the run's index-th segment will end as far as can be told now, ms; null before there is anything to go by. */
export function expectedBoundaryAt(grid: Grid, index: number): number | null {
  const known = boundaryAt(grid, index);
  if (known !== null || grid.startMs === null) return known;
  const ahead = index - grid.dropped - grid.boundaries.length + 1;
  const keyframes = endsInShortPart(grid, grid.keyframeMs) ? 1 : keyframesPerSegment(grid.keyframeMs);
  return lastBoundary(grid) + ahead * keyframes * grid.keyframeMs;
}

/** Whether media that ends at `endMs` completes the index-th segment. */
export function reachesBoundary(grid: Grid, index: number, endMs: number): boolean {
  const boundary = boundaryAt(grid, index);
  return boundary !== null && endMs >= boundary - slackMs;
}

/** Whether frames are left over for too short a part in front of a keyframe that comes so long after the one before. */
function endsInShortPart({ parts }: Grid, intervalMs: number): boolean {
  if (!parts) return false;
  const left = Math.round(intervalMs / parts.frameMs) % parts.frames;
  return left > 0 && left < partShareMin * parts.frames;
}

function longestSegmentMs(grid: Grid): number {
  return longestSegmentOf(grid.targetDurationS);
}

function lastBoundary(grid: Grid): number {
  return grid.boundaries.at(-1) ?? grid.startMs ?? 0;
}

function addBoundary(grid: Grid, atMs: number): Grid {
  const boundaries = [...grid.boundaries, atMs];
  const excess = Math.max(0, boundaries.length - boundariesMax);
  return { ...grid, boundaries: boundaries.slice(excess), dropped: grid.dropped + excess };
}
