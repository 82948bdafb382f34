import { expect, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { restartDelayMs } from '../../origin/transcoder/backoff.ts';

const { restartBackoffMsMin, restartBackoffMsMax } = transcoderLimits;

test('delays double from the least to the most, spread by the random number', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 1_000].map((attempt) => restartDelayMs(attempt, 0))).toEqual([
    250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000,
  ]);
  expect([0, 1, 4, 5].map((attempt) => restartDelayMs(attempt, 0.5))).toEqual([375, 750, 6_000, 6_000]);
});

test('no delay leaves the limits', () => {
  for (let attempt = -1; attempt < 40; attempt++) {
    for (const random of [0, 0.3, 0.999999]) {
      const delay = restartDelayMs(attempt, random);
      expect(delay).toBeGreaterThanOrEqual(restartBackoffMsMin);
      expect(delay).toBeLessThanOrEqual(restartBackoffMsMax);
    }
  }
});
