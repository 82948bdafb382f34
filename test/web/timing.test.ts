import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pageLimits } from '#shared/limits/page.ts';
import { backoffMs, spread } from '../../web/src/page/wait.ts';
import { nextViewMs } from '../../web/src/watch/timing.ts';
import { playingEvents, stateAfter, viewEvent } from './views.ts';

const middle = 0.5;

it('looks every 2 s while something may change, slower when all is well, slowest when nothing can', () => {
  expect(nextViewMs(stateAfter(viewEvent({ state: 'waiting' })), false, middle)).toBe(2_000);
  expect(nextViewMs(stateAfter(...playingEvents), false, middle)).toBe(5_000);
  const dry = stateAfter(...playingEvents, { type: 'playback', playback: 'stalled' });
  expect(nextViewMs(dry, false, middle)).toBe(2_000);
  expect(nextViewMs(stateAfter(...playingEvents, viewEvent({ state: 'ended' })), false, middle)).toBe(2_000);
  expect(nextViewMs(stateAfter({ type: 'refused', reason: 'not-found' }), false, middle)).toBe(10_000);
  expect(nextViewMs(stateAfter(...playingEvents), true, middle)).toBe(10_000);
  for (const reason of ['expired', 'used-up'] as const) {
    expect(nextViewMs(stateAfter(...playingEvents, { type: 'refused', reason }), false, middle)).toBe(60_000);
  }
});

it('backs off while the PoP does not answer', () => {
  const failing = stateAfter({ type: 'unreachable', code: 'x' }, { type: 'unreachable', code: 'x' });
  expect(nextViewMs(failing, false, 1)).toBe(4_000);
});

it('never waits longer than the cap nor less than half of the step', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const waitMs = backoffMs(attempt, pageLimits.mediaRetryMsMin, pageLimits.mediaRetryMsMax, random);
      expect(waitMs).toBeLessThanOrEqual(pageLimits.mediaRetryMsMax);
      expect(waitMs).toBeGreaterThanOrEqual(pageLimits.mediaRetryMsMin / 2);
    }),
  );
});

it('doubles and jitters', () => {
  expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, 500, 8_000, 1))).toEqual([500, 1_000, 2_000, 4_000]);
  expect(backoffMs(1, 500, 8_000, 0)).toBe(250);
  expect([0, 0.5, 1].map((random) => spread(5_000, random))).toEqual([4_000, 5_000, 6_000]);
});
