import { expect, it } from 'vitest';
import { MediaClock } from '../../origin/broadcast/media-clock.ts';

it('begins at zero, and goes on by wall-clock time after what there was', () => {
  const clock = new MediaClock(null, 50_000);
  expect(clock.baseMs(60_000)).toBe(0);
  clock.anchor(60_000);
  clock.anchor(70_000);
  clock.reach(9_000);
  clock.reach(8_000);
  expect([clock.anchorMs, clock.reachedMs]).toEqual([60_000, 9_000]);
  expect([clock.baseMs(65_000), clock.baseMs(69_050), clock.baseMs(80_000)]).toEqual([9_100, 9_100, 20_000]);
});

it('takes what a process before it announced and did not record for past', () => {
  const clock = new MediaClock(60_000, 90_000);
  expect([clock.reachedMs, clock.baseMs(90_000)]).toEqual([30_000, 30_100]);
});
