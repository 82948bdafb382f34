import type { RewriteFault, TimeRange } from '../options.ts';
import { attributeOf } from './elements.ts';
import type { MpdTemplate } from './template.ts';
import { type PeriodTime, periodTimes, readTracks, type Track, trackExtent } from './tracks.ts';

/** Tracks of one presentation end a frame apart. */
const toleranceMs = 100;

/** A period that touches the range, with its tracks. */
export interface CutPeriod extends PeriodTime {
  readonly tracks: readonly Track[];
}

/** The range on the presentation timeline, ms. */
export interface MpdCut {
  readonly periods: readonly CutPeriod[];
  /** What becomes time zero. */
  readonly zeroMs: number;
  /** Where the media ends, or null while the end lies ahead. */
  readonly endMs: number | null;
  /** Of the wall clock at presentation time zero, ms since the Unix epoch; null: not told. */
  readonly clockMs: number | null;
}

/** Finds what a range is in an MPD. @param nowMs wall clock, for media whose number follows from the time */
export function findCut(template: MpdTemplate, range: TimeRange, nowMs: number): MpdCut | RewriteFault {
  const { text, root, elements } = template;
  const isDynamic = root !== null && attributeOf(text, root, 'type') === 'dynamic';
  const told = root ? Date.parse(attributeOf(text, root, 'availabilityStartTime') ?? '') : Number.NaN;
  const clockMs = Number.isNaN(told) ? null : told;
  if (range.base === 'clock' && clockMs === null) return 'no_clock';
  const shiftMs = range.base === 'clock' ? (clockMs ?? 0) : 0;
  const startMs = range.startMs === null ? null : Math.max(0, range.startMs - shiftMs);
  const endMs = range.endMs === null ? Number.POSITIVE_INFINITY : range.endMs - shiftMs;
  const untilMs = isDynamic && clockMs !== null ? nowMs - clockMs : Number.POSITIVE_INFINITY;
  const all: (CutPeriod & Extent)[] = [];
  for (const time of periodTimes(template)) {
    const tracks = readTracks(text, elements, time.period);
    if (!tracks) return 'not_sliceable';
    const extent = extentOf(text, time, tracks, untilMs);
    if (extent) all.push({ ...time, tracks, ...extent });
  }
  const first = all[0];
  const last = all[all.length - 1];
  if (!first || !last || (startMs ?? 0) >= last.toMs) return isDynamic ? 'not_yet' : 'past_end';
  if (endMs <= first.fromMs) return 'gone';
  const periods = all.filter(({ fromMs, toMs }) => toMs > (startMs ?? 0) && fromMs < endMs);
  const [begin] = periods;
  const final = periods[periods.length - 1];
  if (!begin || !final) return 'gone';
  const isReached = final.wholeToMs >= endMs - toleranceMs || all.indexOf(final) < all.length - 1;
  if (isDynamic && !isReached) return { periods, zeroMs: snap(startMs ?? 0, begin), endMs: null, clockMs };
  const fromMs = begin.fromMs > toleranceMs ? begin.fromMs : 0;
  const zeroMs = snap(Math.max(startMs ?? 0, Math.round(fromMs)), begin);
  return { periods, zeroMs, endMs: Math.min(endMs, final.toMs), clockMs };
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
  return { fromMs: Math.max(time.startMs, fromMs), toMs: Math.max(...ends), wholeToMs: Math.min(...ends) };
}

/** Numbers that follow from the time begin at a segment: the period can only begin there too. */
function snap(zeroMs: number, { startMs, tracks }: CutPeriod): number {
  const track = tracks.find(({ timeline, durationTicks }) => !timeline && durationTicks !== null);
  if (!track || zeroMs <= startMs) return zeroMs;
  const durationMs = (1_000 * Number(track.durationTicks)) / track.timescale;
  return startMs + Math.floor((zeroMs - startMs) / durationMs + 1e-6) * durationMs;
}
