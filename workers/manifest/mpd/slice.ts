import type { Edit } from '../edit.ts';
import type { RewriteFault, TimeRange } from '../options.ts';
import { type CutPeriod, cutOffMs, findCut, type MpdCut, pictureDelayMs, roundingMs } from './cut.ts';
import { ancestorOf, attributeOf, type Element, removeElement, setAttribute } from './elements.ts';
import type { MpdTemplate } from './template.ts';
import { writeDuration } from './time.ts';
import { cutRuns, readRuns } from './timeline.ts';
import { type Track, toTicks } from './tracks.ts';

/** What cuts an MPD. */
export interface MpdSlice {
  readonly edits: readonly Edit[];
  readonly closed: boolean;
  /** Its beginning has left the window. */
  readonly beheaded: boolean;
  /** There is media up to its end, whatever follows. */
  readonly reached: boolean;
}

/** Attributes of an MPD that is still updated. */
const dynamicAttributes = ['minimumUpdatePeriod', 'timeShiftBufferDepth', 'suggestedPresentationDelay'];

/**
 * Cuts an MPD to a range. The segment that holds the start becomes time zero, the end is exact. While the end lies ahead the
 * MPD stays dynamic, with the same zero; afterwards it is static, and its periods begin with their first pictures: dash.js
 * seeks to what it loads ahead of time where that does not begin with its period, if it stands at zero or is seeking.
 */
export function sliceMpd(template: MpdTemplate, range: TimeRange, nowMs: number): MpdSlice | RewriteFault {
  const cut = findCut(template, range, nowMs);
  if (typeof cut === 'string') return cut;
  const { text, root } = template;
  if (!root) return 'not_sliceable';
  const kept = new Set(cut.periods.map(({ period }) => period));
  const lost = root.children.filter((child) => child.name === 'Period' && !kept.has(child));
  const edits = [
    ...rootEdits(text, root, cut),
    ...lost.map((period) => removeElement(text, period)),
    ...cut.periods.flatMap((period) => periodEdits(template, period, cut, nowMs)),
  ];
  return { edits, closed: cut.endMs !== null, beheaded: cut.beheaded, reached: cut.reached };
}

function rootEdits(text: string, root: Element, { zeroMs, endMs, clockMs }: MpdCut): Edit[] {
  const edits: Edit[] = [];
  if (clockMs !== null && zeroMs !== 0) {
    edits.push(...setAttribute(text, root, 'availabilityStartTime', new Date(clockMs + zeroMs).toISOString()));
  }
  if (endMs === null) return edits;
  edits.push(...setAttribute(text, root, 'type', 'static'));
  edits.push(...setAttribute(text, root, 'mediaPresentationDuration', writeDuration(endMs - zeroMs)));
  for (const name of dynamicAttributes) edits.push(...setAttribute(text, root, name, null));
  return edits;
}

function periodEdits({ text, elements }: MpdTemplate, cutPeriod: CutPeriod, cut: MpdCut, nowMs: number): Edit[] {
  const { period, startMs, endMs, tracks } = cutPeriod;
  const shiftMs = shiftOf(text, cutPeriod, cut);
  const startsMs =
    period === cut.periods[0]?.period ? Math.max(0, startMs - cut.zeroMs) : startMs + shiftMs - cut.zeroMs;
  const edits = setAttribute(text, period, 'start', writeDuration(startsMs));
  if (attributeOf(text, period, 'duration') !== undefined && endMs !== null) {
    const untilMs = Math.min(endMs, cut.endMs ?? endMs);
    edits.push(...setAttribute(text, period, 'duration', writeDuration(untilMs - cut.zeroMs - startsMs)));
  }
  for (const track of tracks) edits.push(...trackEdits(text, track, { ...cutPeriod, shiftMs }, cut, nowMs));
  if (shiftMs > 0) {
    for (const stream of elements.filter(({ name, parent }) => name === 'EventStream' && parent === period)) {
      const timescale = Number(attributeOf(text, stream, 'timescale') ?? 1) || 1;
      const offset = Number(attributeOf(text, stream, 'presentationTimeOffset') ?? 0);
      const shifted = String(offset + Math.round((shiftMs * timescale) / 1_000));
      edits.push(...setAttribute(text, stream, 'presentationTimeOffset', shifted));
    }
  }
  return edits;
}

/** How much later in its media a period begins than it did, ms. */
function shiftOf(text: string, cutPeriod: CutPeriod, { periods, zeroMs, endMs }: MpdCut): number {
  const before = periods[periods.indexOf(cutPeriod) - 1];
  if (!before) return cutOffMs(text, zeroMs, cutPeriod);
  // What says for itself how long it is cannot be followed later.
  if (endMs === null || attributeOf(text, before.period, 'duration') !== undefined) return 0;
  const delayMs = pictureDelayMs(text, cutPeriod);
  return cutPeriod.startMs + delayMs < endMs - roundingMs ? delayMs : 0;
}

interface ShiftedPeriod extends CutPeriod {
  readonly shiftMs: number;
}

function trackEdits(text: string, track: Track, period: ShiftedPeriod, cut: MpdCut, nowMs: number): Edit[] {
  const { element, timeline, durationTicks } = track;
  const { startMs, endMs, shiftMs } = period;
  const fromTicks = toTicks(track, shiftMs);
  const isShifted = fromTicks > track.offsetTicks;
  const roundingTicks = BigInt(Math.ceil((roundingMs * track.timescale) / 1_000));
  if (!timeline) {
    if (!isShifted) return [];
    const skipped = durationTicks === null ? 0n : (fromTicks - track.offsetTicks + roundingTicks) / durationTicks;
    return [...numbered(text, track, skipped), ...offset(text, element, fromTicks)];
  }
  const untilMs = Math.min(endMs ?? Number.POSITIVE_INFINITY, cut.endMs ?? nowMs - (cut.clockMs ?? 0));
  const runs = readRuns(text, timeline, Number.isFinite(untilMs) ? toTicks(track, untilMs - startMs) : 0n);
  const untilTicks = cut.endMs === null ? null : toTicks(track, cut.endMs - startMs) - roundingTicks;
  const { edits, removed, left } = cutRuns(
    text,
    runs,
    isShifted ? fromTicks + roundingTicks : (runs[0]?.startTicks ?? 0n),
    untilTicks,
  );
  if (left === 0n) return [removeElement(text, ownerOf(element))];
  return [...edits, ...numbered(text, track, removed), ...(isShifted ? offset(text, element, fromTicks) : [])];
}

/** What has no media in the range is not offered in it. */
function ownerOf(element: Element): Element {
  return ancestorOf(element, 'Representation') ?? ancestorOf(element, 'AdaptationSet') ?? element;
}

function numbered(text: string, { element, startNumber }: Track, removed: bigint): Edit[] {
  return removed === 0n ? [] : setAttribute(text, element, 'startNumber', String(startNumber + removed));
}

function offset(text: string, element: Element, ticks: bigint): Edit[] {
  return setAttribute(text, element, 'presentationTimeOffset', String(ticks));
}
