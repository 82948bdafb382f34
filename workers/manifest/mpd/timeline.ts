import type { Edit } from '../edit.ts';
import { attributesOf, type Element, removeElement, setAttribute } from './elements.ts';

/** One S of a SegmentTimeline with all it stands for; ticks (ISO/IEC 23009-1 5.3.9.6). */
interface Run {
  readonly element: Element;
  readonly startTicks: bigint;
  readonly durationTicks: bigint;
  /** How many segments it is. */
  readonly count: bigint;
  /** It goes on until something else is known (`r="-1"` at the end). */
  readonly isOpen: boolean;
}

/**
 * The runs of a SegmentTimeline.
 * @param untilTicks where an open run at the end is taken to end
 */
export function readRuns(text: string, timeline: Element, untilTicks: bigint): readonly Run[] {
  const items = readItems(text, timeline);
  const runs: Run[] = [];
  let nextTicks = 0n;
  for (const [i, { element, t, d: durationTicks, r: repeat }] of items.entries()) {
    const startTicks = t ?? nextTicks;
    const following = items[i + 1];
    const boundTicks = following?.t ?? untilTicks;
    const filling = repeat < 0n ? (boundTicks - startTicks + durationTicks - 1n) / durationTicks : repeat + 1n;
    const count = filling > 0n ? filling : 1n;
    runs.push({ element, startTicks, durationTicks, count, isOpen: repeat < 0n && !following });
    nextTicks = startTicks + durationTicks * count;
  }
  return runs;
}

/** The attributes of one S. */
interface Item {
  readonly element: Element;
  readonly t: bigint | null;
  readonly d: bigint;
  readonly r: bigint;
}

const items = new WeakMap<Element, readonly Item[]>();

/** The S elements of a timeline, read once: there are thousands in a long window. */
function readItems(text: string, timeline: Element): readonly Item[] {
  const known = items.get(timeline);
  if (known) return known;
  const read: Item[] = [];
  for (const element of timeline.children) {
    const values: Record<string, bigint> = {};
    for (const { name, value } of attributesOf(text, element)) {
      if (/^-?\d{1,20}$/.test(value)) values[name] = BigInt(value);
    }
    const { t = null, d = 0n, r = 0n } = values;
    if (element.name === 'S' && d > 0n) read.push({ element, t, d, r });
  }
  items.set(timeline, read);
  return read;
}

/** First and last moment of a SegmentTimeline, or null when it is empty. */
export function extentOf(runs: readonly Run[]): { readonly startTicks: bigint; readonly endTicks: bigint } | null {
  const first = runs[0];
  const last = runs[runs.length - 1];
  if (!first || !last) return null;
  return { startTicks: first.startTicks, endTicks: last.startTicks + last.durationTicks * last.count };
}

/** What a cut leaves of a SegmentTimeline. */
export interface TimelineCut {
  readonly edits: readonly Edit[];
  /** Segments taken away in front. */
  readonly removed: bigint;
  readonly left: bigint;
}

/**
 * Keeps the segments that touch `startTicks`..`endTicks`.
 * @param endTicks null: everything after the start
 */
export function cutRuns(text: string, runs: readonly Run[], startTicks: bigint, endTicks: bigint | null): TimelineCut {
  const edits: Edit[] = [];
  let removed = 0n;
  let left = 0n;
  for (const { element, startTicks: at, durationTicks, count, isOpen } of runs) {
    const before = clamp((startTicks - at) / durationTicks, count);
    const keptUntil = endTicks === null ? count : clamp((endTicks - at + durationTicks - 1n) / durationTicks, count);
    const kept = keptUntil > before ? keptUntil - before : 0n;
    if (left === 0n) removed += before;
    if (kept === 0n) {
      edits.push(removeElement(text, element));
      continue;
    }
    const isFirst = left === 0n;
    left += kept;
    if (isFirst) edits.push(...setAttribute(text, element, 't', String(at + before * durationTicks)));
    if (kept === count) continue;
    const isStillOpen = isOpen && keptUntil === count && endTicks === null;
    const repeat = isStillOpen ? '-1' : kept === 1n ? null : String(kept - 1n);
    edits.push(...setAttribute(text, element, 'r', repeat));
  }
  return { edits, removed, left };
}

function clamp(value: bigint, max: bigint): bigint {
  if (value < 0n) return 0n;
  return value > max ? max : value;
}
