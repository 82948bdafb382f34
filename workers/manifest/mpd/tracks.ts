import { ancestorOf, attributeOf, type Element } from './elements.ts';
import type { MpdTemplate } from './template.ts';
import { readDuration } from './time.ts';
import { extentOf, readRuns } from './timeline.ts';

/** A Period on the presentation timeline, ms; it ends where it is told to, or not yet. */
export interface PeriodTime {
  readonly period: Element;
  readonly startMs: number;
  readonly endMs: number | null;
}

/** The periods of an MPD in order (ISO/IEC 23009-1 5.3.2.1). */
export function periodTimes({ text, root }: MpdTemplate): readonly PeriodTime[] {
  const periods = root?.children.filter(({ name }) => name === 'Period') ?? [];
  const startsMs: number[] = [];
  for (const [i, period] of periods.entries()) {
    const before = periods[i - 1];
    const durationMs = before ? readDuration(attributeOf(text, before, 'duration')) : 0;
    const impliedMs = (startsMs[i - 1] ?? 0) + (durationMs ?? 0);
    startsMs.push(readDuration(attributeOf(text, period, 'start')) ?? impliedMs);
  }
  const wholeMs = root ? readDuration(attributeOf(text, root, 'mediaPresentationDuration')) : null;
  return periods.map((period, i) => {
    const startMs = startsMs[i] ?? 0;
    const durationMs = readDuration(attributeOf(text, period, 'duration'));
    return { period, startMs, endMs: startsMs[i + 1] ?? (durationMs === null ? wholeMs : startMs + durationMs) };
  });
}

/** A SegmentTemplate or SegmentBase that says which media there is, with what it inherits (ISO/IEC 23009-1 5.3.9.1). */
export interface Track {
  readonly element: Element;
  readonly timeline: Element | null;
  readonly timescale: number;
  readonly offsetTicks: bigint;
  readonly startNumber: bigint;
  /** Of every segment, where there is no timeline. */
  readonly durationTicks: bigint | null;
}

/** The tracks of a period, or null where one is addressed in a way that cannot be cut. */
export function readTracks(text: string, elements: readonly Element[], period: Element): readonly Track[] | null {
  const inside = elements.filter(({ from, to }) => from > period.from && to < period.to);
  if (inside.some(({ name }) => name === 'SegmentList')) return null;
  const tracks: Track[] = [];
  for (const element of inside) {
    if (element.name !== 'SegmentTemplate' && element.name !== 'SegmentBase') continue;
    const timeline = element.children.find(({ name }) => name === 'SegmentTimeline') ?? null;
    const duration = integer(attributeOf(text, element, 'duration'));
    if (element.name === 'SegmentTemplate' && !timeline && !duration) continue;
    const read = (name: string) => inherited(text, element, name);
    if (!timeline && (read('media') ?? '').includes('$Time')) return null;
    tracks.push({
      element,
      timeline,
      timescale: Number(read('timescale') ?? 1) || 1,
      offsetTicks: integer(read('presentationTimeOffset')) ?? 0n,
      startNumber: integer(read('startNumber')) ?? 1n,
      durationTicks: duration || null,
    });
  }
  return tracks.length > 0 ? tracks : null;
}

function integer(text: string | undefined): bigint | null {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : null;
}

function inherited(text: string, element: Element, name: string): string | undefined {
  for (const one of chain(element)) {
    const value = attributeOf(text, one, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The element itself and those of its name that stand at the set and at the period. */
function chain(element: Element): readonly Element[] {
  const levels = [ancestorOf(element, 'AdaptationSet'), ancestorOf(element, 'Period')].filter((one) => one !== null);
  const above = levels.flatMap(({ children }) => children.filter(({ name }) => name === element.name));
  return [element, ...above.filter((one) => one !== element)];
}

/** Milliseconds of a period as ticks of a track's media. */
export function toTicks({ timescale, offsetTicks }: Track, periodMs: number): bigint {
  return offsetTicks + BigInt(Math.round((periodMs * timescale) / 1_000));
}

/** Ticks of a track's media as milliseconds of its period. */
export function ticksToMs({ timescale, offsetTicks }: Track, ticks: bigint): number {
  return (1_000 * Number(ticks - offsetTicks)) / timescale;
}

/**
 * What media of a track there is, ms on the presentation timeline, or null when there is none.
 * @param untilMs on the presentation timeline: what ends later is not there yet; Infinity where everything is
 */
export function trackExtent(text: string, track: Track, { startMs, endMs }: PeriodTime, untilMs: number) {
  const boundMs = Math.min(endMs ?? Number.POSITIVE_INFINITY, untilMs);
  if (track.timeline) {
    const untilTicks = Number.isFinite(boundMs) ? toTicks(track, boundMs - startMs) : 0n;
    const extent = extentOf(readRuns(text, track.timeline, untilTicks));
    if (!extent) return null;
    return {
      startMs: startMs + ticksToMs(track, extent.startTicks),
      endMs: startMs + ticksToMs(track, extent.endTicks),
    };
  }
  if (!Number.isFinite(boundMs) || boundMs <= startMs) return null;
  if (track.durationTicks === null || boundMs === endMs) return { startMs, endMs: boundMs };
  const durationMs = (1_000 * Number(track.durationTicks)) / track.timescale;
  return { startMs, endMs: startMs + Math.floor((boundMs - startMs) / durationMs) * durationMs };
}

/** Where the segment begins that holds a moment of its period, ms in the period; null: there is none. */
export function segmentStart(text: string, track: Track, periodMs: number): number | null {
  const { timeline, durationTicks, timescale } = track;
  if (!timeline) {
    if (durationTicks === null) return null;
    const durationMs = (1_000 * Number(durationTicks)) / timescale;
    return Math.floor(periodMs / durationMs + 1e-6) * durationMs;
  }
  const ticks = toTicks(track, periodMs);
  for (const { startTicks, durationTicks: each, count } of readRuns(text, timeline, ticks + 1n)) {
    if (ticks >= startTicks + each * count) continue;
    const before = ticks > startTicks ? (ticks - startTicks) / each : 0n;
    return ticks < startTicks ? null : ticksToMs(track, startTicks + before * each);
  }
  return null;
}
