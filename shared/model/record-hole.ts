import { recordLimits } from '../limits/store.ts';
import { mediaOffsetS, type Segment, type TimelineShape } from './timeline.ts';

/** What lies around numbers that a record does not have. */
export interface Hole {
  /** The segment before it, if there is one. */
  readonly last: Segment | null;
  /** The first number that is missing. */
  readonly nextMsn: number;
  /** The segment after it. */
  readonly segment: Segment;
  readonly shape: Pick<TimelineShape, 'timescale' | 'targetDurationS'>;
}

/**
 * Gaps for the missing numbers, as long together as the time between their neighbours, and none longer than the target
 * duration; null when they are too many to be true.
 */
export function fillHole({ last, nextMsn, segment, shape }: Hole): Segment[] | null {
  const { timescale, targetDurationS } = shape;
  const count = segment.msn - nextMsn;
  if (count > recordLimits.holeSegmentsMax) return null;
  const lastEndTicks = last ? last.startTicks + last.durationTicks : mediaOffsetS * timescale;
  const heldTicks = Math.max(count, segment.startTicks - lastEndTicks);
  const holeTicks = Math.min(heldTicks, count * targetDurationS * timescale);
  const startTicks = segment.startTicks - holeTicks;
  const startMs = segment.programDateTimeMs - (holeTicks / timescale) * 1000;
  // The break lay somewhere inside.
  const isBroken = last !== null && last.initNumber !== segment.initNumber && !segment.discontinuity;
  const placeOf = (index: number) => Math.round((holeTicks * index) / count);
  return Array.from({ length: count }, (_, index) => ({
    msn: nextMsn + index,
    startTicks: startTicks + placeOf(index),
    durationTicks: placeOf(index + 1) - placeOf(index),
    sizeBytes: 0,
    parts: [],
    discontinuity: isBroken && index === 0,
    initNumber: isBroken || last === null ? segment.initNumber : last.initNumber,
    programDateTimeMs: Math.round(startMs + (placeOf(index) / timescale) * 1000),
    keyframeBytes: 0,
    gap: true,
  }));
}
