import { describe, expect, test } from 'vitest';
import type { ListedSegment, SegmentList } from '#shared/wire/segment-list.ts';
import { measureRange } from '../../../workers/replay/measure.ts';
import { placeRange } from '../../../workers/replay/place-range.ts';

const zeroMs = Date.UTC(2026, 10, 21, 12);

/** Segments of two seconds each; the third begins ten seconds after the second has ended. */
const startsS = [0, 2, 14, 16];
const segments = startsS.map((startS, i): ListedSegment => {
  const of = { msn: 5 + i, startTicks: 90_000 * (10 + startS), durationTicks: 180_000, sizeBytes: 100, initNumber: 0 };
  return { ...of, programDateTimeMs: zeroMs + 1_000 * startS, discontinuity: startS === 14, gap: false };
});
const list: SegmentList = { timescale: 90_000, whole: true, ended: true, segments };
const clock = (startS: number | null, endS: number | null) => ({
  base: 'clock' as const,
  startMs: startS === null ? null : zeroMs + 1_000 * startS,
  endMs: endS === null ? null : zeroMs + 1_000 * endS,
});

function place(range: Parameters<typeof placeRange>[1], of = list) {
  const placed = placeRange(of, range);
  if ('fault' in placed) return placed.fault;
  const { startOffsetS, endOffsetS, endInLastS, complete } = placed;
  return [placed.segments.map(({ msn }) => msn), startOffsetS, endOffsetS, endInLastS, complete];
}

describe('a range', () => {
  test.each([
    ['inside of one segment', clock(0.5, 1.5), [[5], 0.5, 1.5, 1.5, true]],
    ['over a break, which takes no playing time', clock(1, 15), [[5, 6, 7], 1, 5, 1, true]],
    ['from a break on begins with what follows', clock(8, 15), [[7], 0, 1, 1, true]],
    ['up to the bound of a segment does not touch the next', clock(0, 2), [[5], 0, 2, 2, true]],
    ['half a rounded ms past a bound neither', clock(1.9997, 4), [[6], 0, 2, 2, true]],
    ['without bounds is everything', clock(null, null), [[5, 6, 7, 8], 0, 8, 2, true]],
    ['past the end ends there', clock(17, 99), [[8], 1, 2, 2, true]],
    ['after the end', clock(18, 20), 'after'],
    ['before the beginning', clock(-9, -1), 'before'],
    ['in seconds', { base: 'timeline', startMs: 500, endMs: 3_000 } as const, [[5, 6], 0.5, 3, 1, true]],
  ] as const)('%s', (_, range, expected) => {
    expect(place(range)).toEqual(expected);
  });

  test('is complete once nothing of it is to come', () => {
    const live = { ...list, ended: false };
    expect(place(clock(0, 18), live)).toEqual([[5, 6, 7, 8], 0, 8, 2, true]);
    expect(place(clock(0, 18.01), live)).toEqual([[5, 6, 7, 8], 0, 8, 2, false]);
    expect(place(clock(0, 8), live)).toEqual([[5, 6], 0, 4, 2, true]);
  });

  test('in seconds needs the beginning, and any needs media', () => {
    expect(place({ base: 'timeline', startMs: 0, endMs: 1 }, { ...list, whole: false })).toBe('beginning_unknown');
    expect(place(clock(0, 1), { ...list, segments: [] })).toBe('no_media');
  });
});

describe('a measured range', () => {
  const live = { ...list, ended: false };
  const nowMs = zeroMs + 19_000;

  test('may end in the segment in the making, and no later than now', () => {
    const wish = { startMs: zeroMs + 17_000, endMs: zeroMs + 18_900 };
    expect(measureRange(live, wish, nowMs)).toEqual({ ...wish, startOffsetMs: 1_000, endOffsetMs: 2_900 });
    expect(() => measureRange(list, wish, nowMs)).toThrow(/from 2026-11-21T12:00:00.000Z to 2026-11-21T12:00:18.000Z/);
    expect(() => measureRange(live, { ...wish, endMs: nowMs + 1 }, nowMs)).toThrow(/from/);
    const late = { ...wish, endMs: zeroMs + 23_000 };
    expect(() => measureRange(live, late, nowMs + 60_000)).toThrow(/from/);
  });

  test('of what came last goes back no further than there is media', () => {
    const measure = (lastMs: number) => measureRange(list, { lastMs }, nowMs);
    expect(measure(3_000)).toEqual({
      startMs: zeroMs + 15_000,
      endMs: zeroMs + 18_000,
      startOffsetMs: 1_000,
      endOffsetMs: 4_000,
    });
    expect(measure(99_000).startMs).toBe(zeroMs);
  });

  test('may lie in a rendition of any length', () => {
    const last = { ...(segments[3] as ListedSegment), msn: 9 };
    const long = Array.from({ length: 200_000 }, (_, msn) => {
      return { ...last, msn, programDateTimeMs: zeroMs + 2_000 * msn };
    });
    const untilMs = zeroMs + 400_000_000;
    const wish = { startMs: untilMs - 3_000, endMs: untilMs };
    expect(measureRange({ ...live, segments: long }, wish, untilMs)).toMatchObject({ startOffsetMs: 1_000 });
  });
});
