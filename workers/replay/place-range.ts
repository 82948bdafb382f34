import type { ListedSegment, SegmentList } from '#shared/wire/segment-list.ts';
import type { TimeRange } from '../manifest/options.ts';

/** Bounds closer than this to a segment's are taken for it: dates are rounded to ms, durations are not. */
const toleranceMs = 0.5;

/** A range on the segments of a rendition. */
export interface PlacedRange {
  /** The segments that it touches. */
  readonly segments: readonly ListedSegment[];
  /** Wall clock, ms: as asked, no further than there is media. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of the exact bounds on the playing time of these segments, seconds. */
  readonly startOffsetS: number;
  readonly endOffsetS: number;
  /** Of the exact end inside of the last segment, seconds. */
  readonly endInLastS: number;
  /** Nothing of the range is still to come. */
  readonly complete: boolean;
  /** Wall clock of all there is, ms. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Why there is no such range, and what there is: wall clock, ms. */
export interface RangeFault {
  readonly fault: 'no_media' | 'before' | 'after' | 'beginning_unknown';
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Finds the segments that a range touches, the same ones as a sliced media playlist lists, and the exact bounds inside. */
export function placeRange(list: SegmentList, range: TimeRange): PlacedRange | RangeFault {
  const { segments, ended } = list;
  const firstOfAll = segments[0];
  const lastOfAll = segments[segments.length - 1];
  if (!firstOfAll || !lastOfAll) return { fault: 'no_media', fromMs: 0, untilMs: 0 };
  const endOf = (one: ListedSegment) => one.programDateTimeMs + (1_000 * one.durationTicks) / list.timescale;
  const fromMs = firstOfAll.programDateTimeMs;
  const untilMs = endOf(lastOfAll);
  const refuse = (fault: RangeFault['fault']): RangeFault => ({ fault, fromMs, untilMs });
  if (range.base === 'timeline' && !list.whole) return refuse('beginning_unknown');
  const zeroMs = range.base === 'timeline' ? fromMs : 0;
  const startMs = range.startMs === null ? fromMs : zeroMs + range.startMs;
  const endMs = range.endMs === null ? Number.POSITIVE_INFINITY : zeroMs + range.endMs;
  const first = segments.findIndex((one) => endOf(one) > startMs + toleranceMs);
  if (first < 0) return refuse('after');
  const after = segments.findIndex((one, i) => i >= first && one.programDateTimeMs >= endMs - toleranceMs);
  const last = after < 0 ? segments.length - 1 : after - 1;
  if (last < first) return refuse('before');
  const touched = segments.slice(first, last + 1);
  const begin = touched[0] as ListedSegment;
  const final = touched[touched.length - 1] as ListedSegment;
  const beforeFinalTicks = touched.slice(0, -1).reduce((sum, { durationTicks }) => sum + durationTicks, 0);
  const endInLastS = Math.max(0, Math.min(endMs, endOf(final)) - final.programDateTimeMs) / 1_000;
  return {
    segments: touched,
    startMs: Math.max(startMs, begin.programDateTimeMs),
    endMs: Math.min(endMs, endOf(final)),
    startOffsetS: Math.max(0, startMs - begin.programDateTimeMs) / 1_000,
    endOffsetS: beforeFinalTicks / list.timescale + endInLastS,
    endInLastS,
    complete: ended || endOf(final) >= endMs - toleranceMs || after >= 0,
    fromMs,
    untilMs,
  };
}
