import type { RewriteFault, TimeRange } from '../options.ts';
import { periodWallMs, presentationTimeAt } from './clock.ts';
import { ancestorOf, attributeOf, type Element } from './elements.ts';
import type { MpdTemplate } from './template.ts';
import { readRuns } from './timeline.ts';
import {
  type PeriodTime,
  periodTimes,
  readTracks,
  segmentStart,
  type Track,
  ticksToMs,
  trackExtent,
} from './tracks.ts';

/** Bounds closer than this to a segment's are taken for it: links tell the clock in ms, media counts in ticks. */
export const roundingMs = 1;

/** Tracks of one presentation end a frame apart. */
const toleranceMs = 100;

/** A period that touches the range, with its tracks. */
export interface CutPeriod extends PeriodTime {
  readonly tracks: readonly Track[];
}

/**
 * How long after the start of its period the first picture is, ms; 0 where that is more than a few frames. An encoder's
 * sound begins a frame before its picture.
 */
export function pictureDelayMs(text: string, { tracks }: CutPeriod): number {
  const track = tracks.find(({ element }) => isVideo(text, element));
  const [first] = track?.timeline ? readRuns(text, track.timeline, 0n) : [];
  const delayMs = track && first ? ticksToMs(track, first.startTicks) : 0;
  return delayMs > 0 && delayMs <= toleranceMs ? delayMs : 0;
}

/** The range on the presentation timeline, ms. */
export interface MpdCut {
  readonly periods: readonly CutPeriod[];
  /** What becomes time zero. */
  readonly zeroMs: number;
  /** Where the media ends, or null while the end lies ahead. */
  readonly endMs: number | null;
  /** Of the wall clock at presentation time zero, as the first period has it, ms since the Unix epoch; null: not told. */
  readonly clockMs: number | null;
  /** The range begins before the media does. */
  readonly beheaded: boolean;
  /** There is media up to the end of the range, whatever follows. */
  readonly reached: boolean;
}

/** Finds what a range is in an MPD. @param nowMs wall clock, for media whose number follows from the time */
export function findCut(template: MpdTemplate, range: TimeRange, nowMs: number): MpdCut | RewriteFault {
  const { text, root, elements } = template;
  const isDynamic = root !== null && attributeOf(text, root, 'type') === 'dynamic';
  const told = root ? Date.parse(attributeOf(text, root, 'availabilityStartTime') ?? '') : Number.NaN;
  const clockMs = Number.isNaN(told) ? null : told;
  const untilMs = isDynamic && clockMs !== null ? nowMs - clockMs : Number.POSITIVE_INFINITY;
  const all: (CutPeriod & Extent & { readonly wallMs: number | null })[] = [];
  for (const time of periodTimes(template)) {
    const tracks = readTracks(text, elements, time.period);
    if (!tracks) return 'not_sliceable';
    const extent = extentOf(text, time, tracks, untilMs);
    const wallMs = isDynamic ? null : periodWallMs(template, time, tracks);
    if (extent) all.push({ ...time, tracks, ...extent, wallMs });
  }
  const first = all[0];
  const toPresentation = (ms: number) => {
    const fromBeginning = range.base === 'timeline';
    return (
      presentationTimeAt(all, fromBeginning ? (first?.wallMs ?? 0) + ms : ms) ??
      (fromBeginning ? ms : ms - (clockMs ?? 0))
    );
  };
  if (range.base === 'clock' && clockMs === null && first?.wallMs == null) return 'no_clock';
  const startMs = range.startMs === null ? null : Math.max(0, toPresentation(range.startMs));
  const endMs = range.endMs === null ? Number.POSITIVE_INFINITY : toPresentation(range.endMs);
  const last = all[all.length - 1];
  if (!first || !last || (startMs ?? 0) >= last.toMs) return isDynamic ? 'not_yet' : 'past_end';
  if (endMs <= first.fromMs) return 'gone';
  const periods = all.filter(({ fromMs, toMs }) => toMs > (startMs ?? 0) + roundingMs && fromMs < endMs - roundingMs);
  const [begin] = periods;
  const final = periods[periods.length - 1];
  if (!begin || !final) return 'gone';
  const reached = final.wholeToMs >= endMs - toleranceMs || all.indexOf(final) < all.length - 1;
  const beheaded = startMs !== null && startMs < first.fromMs - toleranceMs;
  const known = { periods, clockMs, beheaded, reached };
  if (isDynamic && !reached) return { ...known, zeroMs: snap(text, startMs ?? 0, begin), endMs: null };
  const fromMs = begin.fromMs > toleranceMs ? begin.fromMs : 0;
  const zeroMs = snap(text, Math.max(startMs ?? 0, Math.round(fromMs)), begin);
  const beginsMs = begin.wallMs === null ? clockMs : begin.wallMs - begin.startMs;
  return { ...known, zeroMs, endMs: Math.min(endMs, final.toMs), clockMs: beginsMs };
}

interface Extent {
  readonly fromMs: number;
  readonly toMs: number;
  /** Up to here every track has media. */
  readonly wholeToMs: number;
}

function extentOf(text: string, time: PeriodTime, tracks: readonly Track[], untilMs: number): Extent | null {
  const extents = tracks.map((track) => trackExtent(text, track, time, untilMs)).filter((one) => one !== null);
  if (extents.length === 0) return null;
  const ends = extents.map(({ endMs }) => endMs);
  const fromMs = Math.min(...extents.map(({ startMs }) => startMs));
  // The last segment of a period may be listed with more than the period has.
  const toMs = Math.min(Math.max(...ends), time.endMs ?? Number.POSITIVE_INFINITY);
  return { fromMs: Math.max(time.startMs, fromMs), toMs, wholeToMs: Math.min(...ends) };
}

/**
 * A period can only begin with a picture that stands alone: players throw away what lies before its start, and with a
 * keyframe all that needs it. So it begins with the segment of its first video track that holds the time.
 */
function snap(text: string, zeroMs: number, time: CutPeriod): number {
  const { startMs } = time;
  const at = zeroMs <= startMs ? null : leadingStartMs(text, zeroMs, time);
  return at === null ? zeroMs : Math.max(startMs, Math.floor(startMs + at + 1e-6));
}

function leadingStartMs(text: string, zeroMs: number, { startMs, tracks }: CutPeriod): number | null {
  const track = tracks.find(({ element }) => isVideo(text, element)) ?? tracks[0];
  return track ? segmentStart(text, track, zeroMs - startMs + roundingMs) : null;
}

/** How much of the first period is cut off in front, ms: zero is a whole ms, but where its first segment begins is not. */
export function cutOffMs(text: string, zeroMs: number, period: CutPeriod): number {
  const toldMs = Math.max(0, zeroMs - period.startMs);
  const at = toldMs > 0 ? leadingStartMs(text, zeroMs, period) : null;
  return at !== null && at > toldMs && at < toldMs + roundingMs ? at : toldMs;
}

function isVideo(text: string, element: Element): boolean {
  const set = ancestorOf(element, 'AdaptationSet');
  const kind = set && (attributeOf(text, set, 'contentType') ?? attributeOf(text, set, 'mimeType'));
  return kind?.startsWith('video') ?? false;
}
