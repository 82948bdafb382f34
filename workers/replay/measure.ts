import type { ProblemCode } from '#shared/model/problem.ts';
import type { SegmentList } from '#shared/wire/segment-list.ts';
import type { Call } from '../cache/answer.ts';
import { LibraryError, offerOf, segmentListOf } from './library.ts';
import { placeRange } from './place-range.ts';
import { explainFault, outside } from './range-words.ts';

/** A range on the wall clock, ms since the Unix epoch, or so much of what came last. */
export type RangeWish = { readonly startMs: number; readonly endMs: number } | { readonly lastMs: number };

/** The exact range, and where it lies on the playing time of the segments that it touches. */
export interface MeasuredRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly startOffsetMs: number;
  readonly endOffsetMs: number;
}

/** Finds a range in the media of a broadcast's best rendition, or says why it is not there. */
export async function measureClip(
  broadcast: string,
  wish: RangeWish,
  call: Call,
  nowMs: number,
): Promise<MeasuredRange | { readonly code: ProblemCode; readonly detail: string }> {
  try {
    const [best] = await offerOf(broadcast, call);
    const sinceMs = 'lastMs' in wish ? nowMs - wish.lastMs : wish.startMs;
    return measureRange(await segmentListOf(broadcast, best?.rendition ?? '', sinceMs, call), wish, nowMs);
  } catch (error) {
    if (error instanceof LibraryError) return { code: error.code, detail: error.message };
    throw error;
  }
}

/** An end in the segment in the making is there in a moment: it may be so many segments ahead of the complete ones. */
const segmentsAheadMax = 2;

/** Times and offsets of a wish, whole ms. Throws LibraryError when some of it is not there. */
export function measureRange(list: SegmentList, wish: RangeWish, nowMs: number): MeasuredRange {
  const all = placeRange(list, { base: 'clock', startMs: null, endMs: null });
  if ('fault' in all) throw explainFault(all, list.ended);
  const { fromMs, untilMs } = all;
  const isLast = 'lastMs' in wish;
  const endMs = isLast ? Math.floor(untilMs) : wish.endMs;
  const startMs = isLast ? Math.max(Math.ceil(fromMs), endMs - wish.lastMs) : wish.startMs;
  const placed = placeRange(list, { base: 'clock', startMs, endMs });
  if ('fault' in placed) throw explainFault(placed, list.ended);
  const longestTicks = list.segments.reduce((longest, { durationTicks }) => Math.max(longest, durationTicks), 0);
  const longestMs = (1_000 * longestTicks) / list.timescale;
  const aheadMs = list.ended ? 0 : Math.max(0, Math.min(nowMs - untilMs, segmentsAheadMax * longestMs));
  if (startMs < Math.floor(fromMs) || endMs > Math.ceil(untilMs + aheadMs)) throw outside(fromMs, untilMs);
  const startOffsetMs = Math.round(1_000 * placed.startOffsetS);
  const endOffsetMs = Math.round(1_000 * placed.endOffsetS + Math.max(0, endMs - untilMs));
  return { startMs, endMs, startOffsetMs, endOffsetMs };
}
