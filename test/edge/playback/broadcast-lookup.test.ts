import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { knownBroadcast, lookUpBroadcast, type ResolvedBroadcast } from '../../../workers/playback/broadcast-lookup.ts';

const found: ResolvedBroadcast = {
  ...{ channel: 'news', visibility: 'public', sites: null },
  ...{ state: 'live', endedMs: null, isGone: false },
};
const db = {} as Parameters<typeof knownBroadcast>[1];
const ctx = { waitUntil: () => undefined } as unknown as Parameters<typeof knownBroadcast>[2];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('what was looked up is known without waiting, is read again behind a request, and is not used when it is old', async () => {
  let visibility: ResolvedBroadcast['visibility'] = 'public';
  const resolve = vi.fn(async () => ({ ...found, visibility }));
  const known = () => knownBroadcast('b_1', db, ctx, resolve)?.visibility;
  expect(known()).toBeUndefined();
  await lookUpBroadcast('b_1', db, ctx, resolve);
  visibility = 'signed';
  vi.advanceTimersByTime(3_000);
  expect([known(), resolve.mock.calls.length]).toEqual(['public', 1]);
  vi.advanceTimersByTime(1);
  expect([known(), resolve.mock.calls.length]).toEqual(['public', 2]);
  await vi.advanceTimersByTimeAsync(0);
  expect(known()).toBe('signed');
  vi.advanceTimersByTime(6_001);
  expect(known()).toBeUndefined();
});

test('while the catalogue is away what is known goes on, and what is not known is not guessed', async () => {
  const away = () => Promise.reject(new Error('D1 is away'));
  await lookUpBroadcast('b_2', db, ctx, async () => found);
  vi.advanceTimersByTime(3_600_000);
  expect(await lookUpBroadcast('b_2', db, ctx, away)).toEqual(found);
  await expect(lookUpBroadcast('b_3', db, ctx, away)).rejects.toThrow('D1 is away');
});

test('a broadcast that is gone from the catalogue is forgotten', async () => {
  await lookUpBroadcast('b_4', db, ctx, async () => found);
  expect(await lookUpBroadcast('b_4', db, ctx, async () => null)).toBeNull();
  expect(knownBroadcast('b_4', db, ctx, async () => null)).toBeUndefined();
});
