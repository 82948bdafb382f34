import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { FlightLate, SingleFlight } from '../../../workers/cache/single-flight.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ignore = () => {};

test('many callers, one piece of work; the next caller works again', async () => {
  const flights = new SingleFlight<number>();
  let works = 0;
  const { promise, resolve } = Promise.withResolvers<number>();
  const work = () => {
    works++;
    return promise;
  };
  const callers = [1, 2, 3].map(() => flights.run('k', 1_000, work, ignore));
  resolve(7);
  expect(await Promise.all(callers)).toEqual([
    { value: 7, led: true },
    { value: 7, led: false },
    { value: 7, led: false },
  ]);
  await flights.run('k', 1_000, work, ignore);
  expect(works).toBe(2);
});

test('work that never ends is late for everybody, and does not stand in the way of the next', async () => {
  const flights = new SingleFlight<number>();
  const never = () => new Promise<number>(() => {});
  const outcomes = [1, 2].map(() => flights.run('k', 1_000, never, ignore).catch((error: unknown) => error));
  await vi.advanceTimersByTimeAsync(1_000);
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toBeInstanceOf(FlightLate);
  expect(await flights.run('k', 1_000, async () => 8, ignore)).toEqual({ value: 8, led: true });
});

test('a follower whose leader is gone asks by itself after its own time', async () => {
  const flights = new SingleFlight<number>();
  void flights.run('k', 1_000, () => new Promise<number>(() => {}), ignore);
  vi.clearAllTimers(); // as when the leader's request ended: nothing of it ever runs again
  const work = () => new Promise<number>((resolve) => setTimeout(() => resolve(9), 10));
  const followers = [1, 2].map(() => flights.run('k', 1_000, work, ignore));
  await vi.advanceTimersByTimeAsync(1_000 + edgeLimits.followerGraceMs + 10);
  expect(await Promise.all(followers)).toEqual([
    { value: 9, led: true },
    { value: 9, led: false },
  ]);
});

test('an entry past its time is replaced when it is read', async () => {
  const flights = new SingleFlight<number>();
  void flights.run('k', 1_000, () => new Promise<number>(() => {}), ignore);
  vi.clearAllTimers();
  vi.setSystemTime(Date.now() + 1_000 + edgeLimits.followerGraceMs);
  expect(await flights.run('k', 1_000, async () => 9, ignore)).toEqual({ value: 9, led: true });
});

test('a failure is shared and forgotten', async () => {
  const flights = new SingleFlight<number>();
  const fail = () => Promise.reject(new Error('down'));
  const outcomes = await Promise.allSettled([1, 2].map(() => flights.run('k', 1_000, fail, ignore)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await flights.run('k', 1_000, async () => 1, ignore)).toEqual({ value: 1, led: true });
});
