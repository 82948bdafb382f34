import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { healthyStorage, judgeStorage, type StorageVerdict } from '../../origin/broadcast/storage-verdict.ts';
import { StorageWatch } from '../../origin/broadcast/storage-watch.ts';
import { silentLog } from '../support/log.ts';

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

const giB = 2 ** 30;
const minuteMs = 60_000;

/** The verdicts of a day on which a disk of 20 GiB has so much room at each minute, one after the other. */
function verdicts(freeGiB: readonly number[], oldestWaitingMs: readonly number[] = []): StorageVerdict[] {
  const samples = freeGiB.map((free, minute) => ({
    ...{ atMs: minute * minuteMs, freeBytes: free * giB, usedBytes: (20 - free) * giB },
    oldestWaitingMs: oldestWaitingMs[minute] ?? 0,
    refused: false,
  }));
  const told: StorageVerdict[] = [];
  // The rate is that of the last two minutes.
  for (const i of samples.keys()) {
    told.push(judgeStorage(samples.slice(Math.max(0, i - 2), i + 1), told.at(-1) ?? healthyStorage));
  }
  return told;
}

it('says when the disk will be full, before it is', () => {
  // 0.2 GiB a minute: below 6 GiB it is less than half an hour.
  const told = verdicts([6.7, 6.5, 6.3, 6.1, 5.9, 5.7]);
  expect(told.map(({ diskLow }) => diskLow !== null)).toEqual([false, false, false, false, true, true]);
  expect(told.at(-1)?.diskLow?.fullAtMs).toBeCloseTo(5 * minuteMs + 28.5 * minuteMs, -2);
});

it('does not take one short rush for a rate, and closes when it is clearly over', () => {
  const rush = [
    { atMs: 0, freeBytes: 10 * giB },
    { atMs: 10_000, freeBytes: 9 * giB },
  ];
  const samples = rush.map((one) => ({ ...one, usedBytes: giB, oldestWaitingMs: 0, refused: false }));
  expect(judgeStorage(samples, healthyStorage)).toEqual(healthyStorage);
  // 50 minutes left: not yet low, and no longer well where it was low.
  const slow = [10, 9.8, 9.6].map((free, i) => ({
    ...{ atMs: i * minuteMs, freeBytes: free * giB, usedBytes: giB, oldestWaitingMs: 0, refused: false },
  }));
  expect(judgeStorage(slow, healthyStorage).diskLow).toBeNull();
  expect(judgeStorage(slow, { ...healthyStorage, diskLow: { fullAtMs: 1 } }).diskLow).toEqual({
    fullAtMs: expect.any(Number),
  });
  expect(verdicts([5, 4, 4, 4, 4]).map(({ diskLow }) => diskLow !== null)).toEqual([
    ...[false, true, true, false, false],
  ]);
});

it('a disk with little room is low whether it fills up or not', () => {
  const told = verdicts([1.1, 0.9, 0.9, 1.5, 2.1]);
  expect(told.map(({ diskLow }) => diskLow)).toEqual([
    ...[null, { fullAtMs: expect.any(Number) }, { fullAtMs: expect.any(Number) }, { fullAtMs: null }, null],
  ]);
});

it('a bucket that does not keep up is told of until it has caught up', () => {
  const told = verdicts([10, 10, 10, 10, 10], [59_000, 61_000, 30_000, 11_000, 9_000]);
  expect(told.map(({ backlog }) => backlog)).toEqual([false, true, true, true, false]);
});

it('measures every few seconds, and a disk that cannot be asked changes nothing', async () => {
  let freeBytes = 100;
  let fails = false;
  let refused = false;
  const told: StorageVerdict[] = [];
  const room = async () => {
    if (fails) throw new Error('EIO');
    return { usedBytes: 100, freeBytes };
  };
  const watch = new StorageWatch({
    ...{ room, oldestWaitingMs: () => 0, refused: () => refused, log: silentLog, now: Date.now },
    onVerdict: (verdict) => told.push(verdict),
  });
  await vi.advanceTimersByTimeAsync(5_000);
  freeBytes = 1;
  refused = true;
  await vi.advanceTimersByTimeAsync(5_000);
  fails = true;
  await vi.advanceTimersByTimeAsync(50_000);
  watch.stop();
  expect(told.map(({ diskLow }) => diskLow !== null)).toEqual([false, true]);
  expect(told.map((one) => one.refused)).toEqual([false, true]);
});
