import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readThumbnails, tilesPerSheet, writeThumbnails } from '../../origin/broadcast/thumbnail-list.ts';
import { isPictureDue, isPosterDue, TimelineClock } from '../../origin/broadcast/thumbnail-times.ts';

const atMs = Date.UTC(2026, 10, 21, 12, 0, 0);

it('lists each picture with its place on its sheet, until the next one', () => {
  const thumbnails = [
    { startS: 0, sheet: 0, tile: 0 },
    { startS: 6.006, sheet: 0, tile: 6 },
    { startS: 3_725.5, sheet: 1, tile: 4 },
  ];
  expect(writeThumbnails({ width: 160, height: 90, thumbnails }, 3_731, atMs)).toBe(`WEBVTT

NOTE Second 0 is the first segment of the broadcast, 2026-11-21T12:00:00.000Z.

00:00:00.000 --> 00:00:06.006
thumbs-0.jpg#xywh=0,0,160,90

00:00:06.006 --> 01:02:05.500
thumbs-0.jpg#xywh=160,90,160,90

01:02:05.500 --> 01:02:11.000
thumbs-1.jpg#xywh=640,0,160,90
`);
});

it('reads back what was written, to go on with it', () => {
  const steps = fc.array(fc.integer({ min: 100, max: 90_000_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 2, max: 160 }), (stepsMs, side) => {
      let ms = 0;
      const thumbnails = stepsMs.map((step, i) => {
        ms += step;
        return { startS: ms / 1_000, sheet: Math.floor(i / tilesPerSheet), tile: i % tilesPerSheet };
      });
      const list = { width: side, height: 160, thumbnails };
      expect(readThumbnails(writeThumbnails(list, ms / 1_000 + 5, atMs))).toEqual(list);
    }),
  );
  expect(readThumbnails('WEBVTT\n')).toBeNull();
});

const segment = (msn: number, seconds: number) => ({
  ...{ msn, startTicks: 0, durationTicks: seconds * 1_000, programDateTimeMs: atMs + msn, sizeBytes: 1 },
  ...{ discontinuity: false, initNumber: 0, keyframeBytes: 1, gap: false },
});

it('counts time from the first segment, whichever rendition says it first', () => {
  const clock = new TimelineClock();
  for (const [msn, seconds] of [[0, 2] as const, [0, 2.02] as const, [1, 1.5] as const, [2, 2] as const]) {
    clock.note(segment(msn, seconds), 1_000);
  }
  expect([0, 1, 2, 3].map((msn) => clock.startOf(msn))).toEqual([0, 2, 3.5, null]);
  expect([clock.endS, clock.startMs]).toEqual([5.5, atMs]);
});

it('wants pictures less often the longer the broadcast is, and a poster of its newer half', () => {
  const due = (startS: number, lastS: number | null) => isPictureDue(startS, lastS);
  expect([due(0, null), due(4, 0), due(5, 0), due(3_604, 3_600), due(3_610, 3_600)]).toEqual([
    ...[true, false, true, false, true],
  ]);
  expect([due(20_020, 20_000), due(20_030, 20_000)]).toEqual([false, true]);
  const poster = (startS: number, lastS: number | null) => isPosterDue(startS, lastS);
  expect([poster(0, null), poster(2, 0), poster(4, 0), poster(10, 4), poster(12, 4)]).toEqual([
    ...[true, false, true, false, true],
  ]);
  expect([poster(7_500, 7_000), poster(7_600, 7_000)]).toEqual([false, true]);
});
