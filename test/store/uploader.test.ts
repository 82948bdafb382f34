import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { storeLimits } from '#shared/limits/store.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { type ObjectStore, StoreError } from '../../origin/store/object-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from '../support/log.ts';

let spool: ObjectStore;
let target: ObjectStore;
let puts: string[];
/** What the bucket does before it takes an object. */
let bucket: (key: string) => Promise<void>;
let uploader: Uploader;

beforeEach(() => {
  vi.useFakeTimers();
  spool = createMemoryStore();
  target = createMemoryStore();
  puts = [];
  bucket = async () => {};
  const guarded: ObjectStore = {
    ...target,
    put: async (key, pieces) => {
      puts.push(key);
      await bucket(key);
      await target.put(key, pieces);
    },
  };
  uploader = new Uploader({ spool, target: guarded, log: silentLog, random01: () => 0, now: Date.now });
});

afterEach(() => {
  uploader.stop();
  vi.useRealTimers();
});

const key = (msn: number) => `b/b_1/v720/${msn}.m4s`;

async function spoolSegments(count: number): Promise<void> {
  for (let msn = 0; msn < count; msn++) await spool.put(key(msn), [Buffer.from(`segment ${msn}`)]);
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of target.list('b/')) keys.push(object.key);
  return keys;
}

it('copies objects in order, and says when all of a broadcast are there', async () => {
  await spoolSegments(10);
  for (let msn = 0; msn < 10; msn++) uploader.add(key(msn));
  expect(uploader.backlog('b/b_1/')).toBe(10);
  await uploader.drained('b/b_1/');
  expect(puts).toEqual(Array.from({ length: 10 }, (_, msn) => key(msn)));
  expect((await target.get(key(7)))?.toString()).toBe('segment 7');
  await uploader.drained('b/b_1/');
});

it('lets segments below a prefix that come from then on wait in their places while all else goes on', async () => {
  await spoolSegments(7);
  const isOpen = Promise.withResolvers<void>();
  bucket = () => isOpen.promise;
  // More than are sent at once: the last one still waits when a new run begins.
  const before = [2, 3, 4, 5, 6].map(key);
  for (const one of before) uploader.add(one);
  const [other, record] = ['b/b_2/v720/0.m4s', 'b/b_1/record-tail.ndjson.gz'];
  for (const one of [other, record]) await spool.put(one, [Buffer.from(one)]);
  uploader.keepBack('b/b_1/', true);
  for (const one of [key(0), key(1), other, record]) uploader.add(one);
  uploader.keepBack('b/b_1/', true);
  isOpen.resolve();
  await uploader.drained(record);
  await uploader.drained(other);
  expect([puts, uploader.backlog('b/b_1/')]).toEqual([[...before, other, record], 2]);
  uploader.keepBack('b/b_1/', false);
  await uploader.drained('b/');
  expect(puts).toEqual([...before, other, record, key(0), key(1)]);
});

it('says when an object is there as it was put by then, also where a newer one is always on its way', async () => {
  const [name, steps]: [string, string[]] = ['b/b_1/record-tail.ndjson.gz', []];
  let answers: ((cause?: Error) => void)[] = [];
  bucket = () => new Promise((resolve, reject) => answers.push((cause) => (cause ? reject(cause) : resolve())));
  const put = async (text: string) => {
    await spool.put(name, [Buffer.from(text)]);
    uploader.add(name);
  };
  const answer = async (cause?: Error) => {
    const [first, ...rest] = answers;
    answers = rest;
    first?.(cause);
    await vi.advanceTimersByTimeAsync(500);
  };
  await uploader.uploaded(name);
  await put('first');
  void uploader.uploaded(name).then(() => steps.push('first'));
  await vi.advanceTimersByTimeAsync(0);
  await put('second');
  void uploader.uploaded(name).then(() => steps.push('second'));
  await answer(new StoreError('store_failed', 'down'));
  expect(steps).toEqual([]);
  await answer();
  // What failed and came again had the bytes of both.
  expect(steps).toEqual(['first', 'second']);
  await put('third');
  await vi.advanceTimersByTimeAsync(0);
  await put('fourth');
  void uploader.uploaded(name).then(() => steps.push('fourth'));
  await answer();
  await put('fifth');
  expect([steps.length, uploader.backlog(name) > 0]).toEqual([2, true]);
  await answer();
  await put('sixth');
  expect([steps.at(-1), uploader.backlog(name) > 0]).toEqual(['fourth', true]);
  void uploader.uploaded(name).then(() => steps.push('dropped'));
  uploader.drop('b/b_1/');
  await answer();
  expect(steps.at(-1)).toBe('dropped');
});

it('rests while the bucket fails, longer each time, and goes on in order without losing or doubling anything', async () => {
  await spoolSegments(8);
  let down = true;
  bucket = async () => {
    if (down) throw new StoreError('store_failed', 'down');
  };
  for (let msn = 0; msn < 8; msn++) uploader.add(key(msn));
  await vi.advanceTimersByTimeAsync(0);
  const atOnce = puts.length;
  expect(atOnce).toBeLessThanOrEqual(4);
  await vi.advanceTimersByTimeAsync(249);
  expect(puts.length).toBe(atOnce);
  await vi.advanceTimersByTimeAsync(60_000);
  // Half a minute at the longest: no storm.
  expect(puts.length).toBeLessThan(60);
  down = false;
  await vi.advanceTimersByTimeAsync(31_000);
  expect((await stored()).sort()).toEqual(Array.from({ length: 8 }, (_, msn) => key(msn)).sort());
  expect(uploader.backlog('b/')).toBe(0);
});

it('sends again what arrived without an answer', async () => {
  await spoolSegments(1);
  let lost = true;
  bucket = async (name) => {
    if (!lost) return;
    lost = false;
    await target.put(name, [Buffer.from('segment 0')]);
    throw new StoreError('store_failed', 'the answer was lost');
  };
  uploader.add(key(0));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(puts).toEqual([key(0), key(0)]);
  expect(await stored()).toEqual([key(0)]);
});

it('finds after a restart what is missing or cut short in the bucket, and nothing else', async () => {
  await spoolSegments(4);
  for (const msn of [0, 1, 2]) await target.put(key(msn), [Buffer.from(`segment ${msn}`)]);
  await target.put(key(1), [Buffer.from('seg')]);
  await uploader.reconcile('b/b_1/');
  await uploader.drained('b/b_1/');
  expect(puts.sort()).toEqual([key(1), key(3)]);
});

it('sends everything again when the bucket cannot say what it has', async () => {
  await spoolSegments(3);
  const silent: ObjectStore = {
    ...target,
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give
    list: async function* () {
      throw new StoreError('store_failed', 'away');
    },
  };
  const patient = new Uploader({ spool, target: silent, log: silentLog, random01: () => 0, now: Date.now });
  await patient.reconcile('b/b_1/');
  await patient.drained('b/b_1/');
  expect((await stored()).sort()).toEqual([key(0), key(1), key(2)]);
});

it('one object that is gone from the spool holds nothing up', async () => {
  await spoolSegments(2);
  for (const msn of [5, 0, 1]) uploader.add(key(msn));
  await uploader.drained('b/');
  expect((await stored()).sort()).toEqual([key(0), key(1)]);
});

it('what is no object holds nothing up, and is looked for in vain once only', async () => {
  await spoolSegments(6);
  const emptied: ObjectStore = {
    ...spool,
    get: async (name) => (name === key(5) ? spool.get(name) : Buffer.alloc(0)),
    list: async function* (prefix) {
      for await (const { key: name, sizeBytes } of spool.list(prefix))
        yield { key: name, sizeBytes: name === key(5) ? sizeBytes : 0 };
      yield { key: 'b/b_1/Thumbs.db~', sizeBytes: 4 };
    },
  };
  const patient = new Uploader({ spool: emptied, target, log: silentLog, random01: () => 0, now: Date.now });
  // As many as are sent at once, and one more.
  for (let msn = 0; msn < 6; msn++) patient.add(key(msn));
  await vi.advanceTimersByTimeAsync(0);
  expect([await stored(), patient.backlog('b/')]).toEqual([[key(5)], 0]);
  expect(await patient.confirmed('b/b_1/')).toBe(true);
  expect(await stored()).toEqual([key(5)]);
});

it('a broadcast that the bucket takes from another origin only stays in the spool, holds nothing up, and is tried once', async () => {
  const theirs = (msn: number) => `b/b_${'0'.repeat(20)}/v720/${msn}.m4s`;
  bucket = async (one) => {
    if (one.startsWith(`b/b_${'0'.repeat(20)}/`)) throw new StoreError('store_not_ours', 'of another origin');
  };
  await spoolSegments(2);
  for (let msn = 0; msn < 20; msn++) await spool.put(theirs(msn), [Buffer.from('x')]);
  await uploader.reconcile('b/');
  expect(
    await Promise.all([uploader.confirmed(theirs(0).split('v720')[0] ?? ''), uploader.confirmed('b/b_1/')]),
  ).toEqual([false, true]);
  uploader.add(theirs(0));
  await vi.advanceTimersByTimeAsync(120_000);
  expect((await stored()).sort()).toEqual([key(0), key(1)]);
  const tried = puts.filter((one) => one !== key(0) && one !== key(1));
  expect(tried.length).toBeLessThanOrEqual(storeLimits.uploadsMax);
  expect((await spool.get(theirs(19)))?.toString()).toBe('x');
});

it.each([
  ['this origin takes it up', () => uploader.takeUp('b/b_00000000000000000000/')],
  ['what is left of it is dropped', () => uploader.drop('b/b_00000000000000000000/')],
] as const)('a broadcast that was left out is sent once %s', async (_words, change) => {
  const prefix = 'b/b_00000000000000000000/';
  bucket = async () => {
    throw new StoreError('store_not_ours', 'of another origin');
  };
  await spool.put(`${prefix}v720/0.m4s`, [Buffer.from('x')]);
  uploader.add(`${prefix}v720/0.m4s`);
  await uploader.drained(prefix);
  expect([uploader.isLeftOut(prefix), uploader.isLeftOut('b/b_1/'), uploader.takeUp('b/b_1/')]).toEqual([
    ...[true, false, false],
  ]);
  bucket = async () => {};
  change();
  expect(uploader.isLeftOut(prefix)).toBe(false);
  uploader.add(`${prefix}v720/0.m4s`);
  await uploader.drained(prefix);
  expect(await stored()).toEqual([`${prefix}v720/0.m4s`]);
});

it('what is done for each object takes no longer the more of them wait', { timeout: 60_000 }, async () => {
  const bytes = Buffer.from('x');
  const quick: Pick<ObjectStore, 'get' | 'put'> = { get: async () => bytes, put: async () => {} };
  const options = { spool: { ...spool, ...quick }, target: { ...target, ...quick }, log: silentLog };
  const long = new Uploader({ ...options, random01: () => 0, now: Date.now });
  const before = process.cpuUsage();
  long.hold(true);
  for (let msn = 0; msn < 2_000; msn++) long.add(`b/b_2/v720/${msn}.m4s`);
  // More than a call has room for arguments.
  for (let msn = 0; msn < 150_000; msn++) long.add(key(msn));
  long.drop('b/b_3/');
  expect([long.backlog('b/'), long.backlog('b/b_1/'), long.backlog(key(7))]).toEqual([152_000, 150_000, 1]);
  long.hold(false);
  await long.drained('b/b_2/');
  long.stop();
  expect(long.backlog('b/')).toBeGreaterThan(149_000);
  // CPU time: 0.6 s; by the minute where each is looked for among all.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(6);
});
