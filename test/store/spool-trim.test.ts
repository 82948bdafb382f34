import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spoolTrimLimits } from '#shared/limits/store.ts';
import { type DiskStore, openDiskStore } from '../../origin/store/disk-store.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { readThrough } from '../../origin/store/read-through.ts';
import { SpoolTrim } from '../../origin/store/spool-trim.ts';

const segmentBytes = 1_000;
/** Room for a hundred segments. */
const roomBytes = 100 * segmentBytes;

let folder: string;
let spool: DiskStore;
let bucket: ObjectStore;
let nowMs: number;
let lines: { event?: string }[];
let trim: SpoolTrim;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-trim-'));
  spool = await openDiskStore(folder, roomBytes);
  bucket = createMemoryStore();
  nowMs = 0;
  lines = [];
  const note = (fields: object) => lines.push(fields);
  trim = new SpoolTrim({ spool, bucket, log: { info: note, warn: note, error: note }, now: () => nowMs });
});

afterEach(async () => {
  trim.stop();
  await rm(folder, { recursive: true });
});

const keyOf = (broadcast: string, msn: number) => `b/${broadcast}/v720/${msn}.m4s`;

async function make(
  broadcast: string,
  count: number,
  isUploaded: (msn: number) => boolean = () => true,
): Promise<void> {
  for (let msn = 0; msn < count; msn++) {
    const bytes = [Buffer.alloc(segmentBytes, msn + 1)];
    await spool.put(keyOf(broadcast, msn), bytes);
    if (isUploaded(msn)) await bucket.put(keyOf(broadcast, msn), bytes);
  }
}

async function left(broadcast: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of spool.list(`b/${broadcast}/v720/`)) {
    const [, number] = /(\d+)\.m4s$/.exec(key) ?? [];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers.toSorted((a, b) => a - b);
}

const from = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);

it('does nothing while there is room', async () => {
  await make('b_1', 50);
  await trim.look();
  expect(await left('b_1')).toEqual(from(0, 50));
  expect(lines).toEqual([]);
});

it('past a share of the room the oldest segments leave it, and are read from the bucket', async () => {
  await make('b_1', 80);
  await spool.put('b/b_1/v720/init-0.mp4', [Buffer.alloc(10)]);
  await trim.look();
  expect(await left('b_1')).toEqual(from(46, 80));
  expect(await spool.get('b/b_1/v720/init-0.mp4')).toHaveLength(10);
  expect((await readThrough(spool, bucket).get(keyOf('b_1', 0)))?.[0]).toBe(1);
  expect(lines).toMatchObject([{ event: 'spool_trimmed', objects: 46 }]);
  expect((await spool.room()).usedBytes).toBeLessThanOrEqual(spoolTrimLimits.toShare * roomBytes);
});

it('takes from each broadcast what lies the furthest behind its end', async () => {
  await make('b_long', 60);
  await make('b_short', 20);
  await trim.look();
  expect(await left('b_long')).toEqual(from(30, 60));
  expect(await left('b_short')).toEqual(from(0, 20));
});

it('nothing leaves it that the bucket does not list, whole', async () => {
  await make('b_1', 80, (msn) => msn >= 10);
  await bucket.put(keyOf('b_1', 12), [Buffer.alloc(segmentBytes - 1)]);
  await trim.look();
  expect(await left('b_1')).toEqual([...from(0, 10), 12, ...from(50, 80)]);
});

it('is asked again at once where it had enough, and after a rest where it had not', async () => {
  await make('b_1', 80);
  await trim.look();
  await make('b_2', 60, () => false);
  await trim.look();
  expect([await left('b_1'), await left('b_2')]).toEqual([from(50, 80), from(0, 60)]);
  for (const msn of from(0, 60)) await bucket.put(keyOf('b_2', msn), [Buffer.alloc(segmentBytes)]);
  await trim.look();
  expect(await left('b_2')).toEqual(from(0, 60));
  nowMs += spoolTrimLimits.restMs;
  await trim.look();
  expect(await left('b_2')).toEqual(from(30, 60));
});

it('a bucket that does not say what it has costs nothing, and is asked again after a rest', async () => {
  await make('b_1', 80);
  const { list } = bucket;
  const asked: string[] = [];
  bucket.list = (prefix) => {
    asked.push(prefix);
    throw new Error('away');
  };
  await trim.look();
  await trim.look();
  expect([asked, await left('b_1')]).toEqual([['b/b_1/'], from(0, 80)]);
  expect(lines).toMatchObject([{ event: 'spool_not_trimmed' }]);
  bucket.list = list;
  nowMs += spoolTrimLimits.restMs;
  await trim.look();
  expect(await left('b_1')).toEqual(from(45, 80));
});
