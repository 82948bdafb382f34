import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hedged } from '../../../workers/shield/hedge.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Attempts that the test ends by hand, oldest first. */
function hedge() {
  const attempts: PromiseWithResolvers<string>[] = [];
  const onHedge = vi.fn();
  const attempt = () => {
    const one = Promise.withResolvers<string>();
    attempts.push(one);
    return one.promise;
  };
  const outcome = hedged(attempt, { afterMs: 100, onHedge, isGood: (text) => text !== 'bad' });
  return { attempts, onHedge, outcome };
}

test('a quick answer is the only attempt, good or bad', async () => {
  for (const text of ['good', 'bad']) {
    const { attempts, onHedge, outcome } = hedge();
    attempts[0]?.resolve(text);
    expect(await outcome).toBe(text);
    expect([attempts.length, onHedge.mock.calls.length]).toEqual([1, 0]);
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('a slow one gets a second beside it, and the quicker good one counts', async () => {
  const { attempts, onHedge, outcome } = hedge();
  await vi.advanceTimersByTimeAsync(100);
  expect([attempts.length, onHedge.mock.calls.length]).toEqual([2, 1]);
  attempts[1]?.resolve('second');
  expect(await outcome).toBe('second');
});

test('a bad second does not end the race', async () => {
  const { attempts, outcome } = hedge();
  await vi.advanceTimersByTimeAsync(100);
  attempts[1]?.resolve('bad');
  await vi.advanceTimersByTimeAsync(1);
  attempts[0]?.resolve('first');
  expect(await outcome).toBe('first');
});
