import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { storeLimits } from '#shared/limits/store.ts';
import { LiveParts } from '../../origin/store/live-parts.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { type ObjectStore, StoreError } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';

let target: ObjectStore;
let puts: string[];
/** What the bucket does before it takes or removes anything. */
let bucket: () => Promise<void>;
let parts: LiveParts;

beforeEach(() => {
  vi.useFakeTimers();
  target = createMemoryStore();
  puts = [];
  bucket = async () => {};
  const guarded = {
    put: async (key: string, pieces: readonly Uint8Array[]) => {
      puts.push(key);
      await bucket();
      await target.put(key, pieces);
    },
    remove: async (keys: readonly string[]) => {
      await bucket();
      await target.remove(keys);
    },
  };
  parts = new LiveParts({ target: guarded, log: silentLog, now: Date.now });
});
afterEach(async () => {
  bucket = async () => {};
  await parts.close();
  vi.useRealTimers();
});

const targetDurationS = 2;
const keepMs = storeLimits.livePartsTargetDurations * targetDurationS * 1_000;
const key = (part: number) => `parts/b/b_1/v720/0.${part}.m4s`;
const add = (from: number, to = from + 1) => {
  for (let part = from; part < to; part++) parts.add(key(part), Buffer.from(`part ${part}`), targetDurationS);
};
const settle = () => vi.advanceTimersByTimeAsync(0);

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of target.list('parts/')) keys.push(object.key);
  return keys;
}

it('puts parts at once and takes them out again when playlists no longer name them', async () => {
  add(0, 2);
  await settle();
  expect((await target.get(key(1)))?.toString()).toBe('part 1');
  await vi.advanceTimersByTimeAsync(keepMs / 2);
  add(2);
  await vi.advanceTimersByTimeAsync(keepMs / 2 + storeLimits.livePartsSweepMs);
  expect(await stored()).toEqual([key(2)]);
  await vi.advanceTimersByTimeAsync(keepMs);
  expect(await stored()).toEqual([]);
});

it('lets the oldest go while the bucket is slow: the origin has them', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  bucket = () => promise;
  const { livePartsAtOnceMax, livePartsWaitingMax } = storeLimits;
  const count = livePartsAtOnceMax + livePartsWaitingMax + 5;
  add(0, count);
  expect(puts.length).toBe(livePartsAtOnceMax);
  resolve();
  await settle();
  const first = Array.from({ length: livePartsAtOnceMax }, (_, part) => key(part));
  const newest = Array.from({ length: livePartsWaitingMax }, (_, i) => key(count - livePartsWaitingMax + i));
  expect(puts).toEqual([...first, ...newest]);
});

it('repeats nothing, rests after a failure, and goes on with what is new', async () => {
  bucket = async () => {
    throw new StoreError('store_failed', 'down');
  };
  add(0);
  await settle();
  add(1);
  bucket = async () => {};
  await vi.advanceTimersByTimeAsync(storeLimits.livePartsRestMs);
  add(2);
  await settle();
  expect([puts, await stored()]).toEqual([[key(0), key(2)], [key(2)]]);
});

it('tries again to remove what could not be removed', async () => {
  add(0);
  await settle();
  bucket = async () => {
    throw new StoreError('store_failed', 'down');
  };
  await vi.advanceTimersByTimeAsync(keepMs + storeLimits.livePartsSweepMs);
  expect(await stored()).toEqual([key(0)]);
  bucket = async () => {};
  await vi.advanceTimersByTimeAsync(storeLimits.livePartsSweepMs);
  expect(await stored()).toEqual([]);
});

it('leaves nothing behind when it is closed', async () => {
  add(0, 3);
  await settle();
  expect((await stored()).length).toBe(3);
  await parts.close();
  add(3);
  await settle();
  expect(await stored()).toEqual([]);
});
