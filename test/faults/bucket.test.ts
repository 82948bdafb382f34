import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storeLimits } from '#shared/limits/store.ts';
import { parseRecord } from '#shared/model/record.ts';
import { type Journal, openJournal } from '../../origin/broadcast/journal.ts';
import { type DiskStore, openDiskStore } from '../../origin/store/disk-store.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast } from '../support/made-up-broadcast.ts';
import { type FaultyBucket, type S3Fault, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { seededRandom } from '../support/seeded.ts';

const broadcast = 'b_0000000000abcdefghjk';
const prefix = `b/${broadcast}/`;

let folder: string;
let server: S3Server;
let faulty: FaultyBucket;
let spool: DiskStore;
let journal: Journal;
let bucket: ObjectStore;
let uploader: Uploader;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-bucket-'));
  server = await startS3Server();
  faulty = await startFaultyBucket(server.options.endpoint ?? '');
  spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
  journal = openJournal(join(folder, 'journal'), silentLog);
  bucket = createS3Store(server.options);
  const target = createS3Store({ ...server.options, endpoint: faulty.endpoint });
  uploader = new Uploader({ spool, target, log: silentLog, random01: () => 0, now: Date.now });
});
afterEach(async () => {
  vi.useRealTimers();
  uploader.stop();
  await journal.flush();
  await faulty.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Hashes of all objects of the broadcast, by key. */
async function hashesIn(store: ObjectStore): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for await (const { key } of store.list(prefix)) {
    const bytes = await store.get(key);
    found.push([
      key.slice(prefix.length),
      createHash('sha256')
        .update(bytes ?? '')
        .digest('hex'),
    ]);
  }
  return Object.fromEntries(found.sort());
}

/** Twelve segments in two renditions, over. */
async function broadcastWhole(): Promise<void> {
  const live = new MadeUpBroadcast({ broadcast, store: spool, journal, upload: (key) => uploader.add(key) });
  await live.play(12);
  await live.media.end();
}

/** What was acknowledged is what is replayed: the same segments, byte by byte, and no others. */
async function expectWhole(): Promise<void> {
  const replay = await hashesIn(bucket);
  expect(replay).toEqual(await hashesIn(spool));
  const record = await bucket.get(`${prefix}record.ndjson.gz`);
  const { ended, tracks } = parseRecord(gunzipSync(record ?? Buffer.alloc(0)).toString());
  const named = [...tracks].flatMap(([name, { timeline }]) => {
    return timeline.segments.filter(({ gap }) => !gap).map(({ msn }) => `${name}/${msn}.m4s`);
  });
  expect(ended).toBe(true);
  expect(Object.keys(replay).filter((key) => key.endsWith('.m4s'))).toEqual(named.sort());
  expect(named.length).toBe(24);
}

/** Lets faked time go by, a little for every answer that comes over the real network, until all is in the bucket. */
async function drainedInFakedTime(stepMs: number): Promise<number> {
  let passedMs = 0;
  const drained = uploader.drained(prefix).then(() => true);
  for (;;) {
    const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
    if (await Promise.race([drained, turn])) return passedMs;
    await vi.advanceTimersByTimeAsync(stepMs);
    passedMs += stepMs;
  }
}

/** Lets faked time go by, and what is under way over the real network get on. */
async function passTime(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

async function confirmedInFakedTime(): Promise<void> {
  let isConfirmed = false;
  void uploader.confirmed(prefix).then(() => {
    isConfirmed = true;
  });
  while (!isConfirmed) await passTime(100);
}

test.each<S3Fault>(['500', '503', '403', 'cut-request', 'cut-response', 'lost-ack'])(
  'a bucket with the fault %s on every second request has all of it in the end, once and as it was',
  async (fault) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    faulty.decide = (method, _, index) => (method === 'PUT' && index % 2 === 0 ? fault : 'none');
    await broadcastWhole();
    await drainedInFakedTime(5);
    await expectWhole();
    expect(faulty.seen.some((line) => line.endsWith(` ${fault}`))).toBe(true);
  },
);

test.each([2, 3])(
  'a bucket that says of one request in %i that it took it, and did not: it is found out before the spool lets go',
  async (n) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let isLying = true;
    faulty.decide = (method, _, index) => (isLying && method === 'PUT' && index % n === 0 ? 'lie' : 'none');
    await broadcastWhole();
    await drainedInFakedTime(5);
    expect(Object.keys(await hashesIn(bucket)).length).toBeLessThan(Object.keys(await hashesIn(spool)).length);
    isLying = false;
    await confirmedInFakedTime();
    await expectWhole();
  },
);

test('a bucket that never keeps what it takes is asked again and again, and never believed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  faulty.decide = (method, path) => (method === 'PUT' && path.includes('v360/3.m4s') ? 'lie' : 'none');
  await broadcastWhole();
  let isConfirmed = false;
  void uploader.confirmed(prefix).then(() => {
    isConfirmed = true;
  });
  const lies = () => faulty.seen.filter((line) => line.endsWith(' lie')).length;
  while (lies() < 4) await passTime(1_000);
  expect(isConfirmed).toBe(false);
  faulty.decide = () => 'none';
  while (!isConfirmed) await passTime(1_000);
  await expectWhole();
});

test('keys that were changed: nothing is lost, it is known why, and it goes on with the right ones', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const made = { spool, log: silentLog, random01: () => 0, now: Date.now };
  faulty.decide = (method) => (method === 'PUT' ? 'wrong-secret' : 'none');
  const wrong = [{ endpoint: faulty.endpoint }, { accessKeyId: 'of-yesterday' }];
  for (const keys of wrong) {
    uploader = new Uploader({ ...made, target: createS3Store({ ...server.options, ...keys }) });
    if (keys === wrong[0]) await broadcastWhole();
    else await uploader.reconcile(prefix);
    while (!uploader.refused) await passTime(5);
    uploader.stop();
    await uploader.settled();
  }
  expect(await hashesIn(bucket)).toEqual({});
  uploader = new Uploader({ ...made, target: bucket });
  await uploader.reconcile(prefix);
  await drainedInFakedTime(5);
  expect(uploader.refused).toBe(false);
  await expectWhole();
});

test('a bucket that trickles is given up in the end, whatever comes meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await bucket.put('b/slow', [Buffer.alloc(300_000, 1)]);
  const slow = createS3Store({ ...server.options, endpoint: faulty.endpoint });
  faulty.decide = () => 'slow';
  for (const work of [() => slow.get('b/slow'), () => slow.put('b/slow', [Buffer.alloc(300_000, 2)])]) {
    let outcome: unknown = null;
    void work().then(
      () => {
        outcome = 'done';
      },
      (cause) => {
        outcome = cause;
      },
    );
    let passedMs = 0;
    for (; outcome === null && passedMs < 290_000; passedMs += 500) await passTime(500);
    expect(outcome).toMatchObject({ code: 'store_failed' });
    expect(passedMs).toBeGreaterThanOrEqual(storeLimits.requestMsMax);
  }
});

test('a request that stalls is given up after half a minute and made again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  faulty.decide = (method, _, index) => (method === 'PUT' && index < 2 ? 'stall' : 'none');
  await broadcastWhole();
  const passedMs = await drainedInFakedTime(20);
  expect(passedMs).toBeGreaterThanOrEqual(storeLimits.requestMsMax);
  await expectWhole();
});

test('half an hour without a bucket: nothing is lost or doubled, and it goes on in order', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let isDown = true;
  faulty.decide = () => (isDown ? '503' : 'none');
  await broadcastWhole();
  for (let minute = 0; minute < 30; minute++) {
    const before = faulty.seen.length;
    await vi.advanceTimersByTimeAsync(60_000);
    // It tries at least once a minute. What failed over the real network just now pauses in faked time: that goes on.
    while (faulty.seen.length === before) {
      await vi.advanceTimersByTimeAsync(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const refused = faulty.seen.length;
  // Half a minute between tries of four objects at the longest: no storm, and no sleep either.
  expect(refused).toBeLessThan(500);
  isDown = false;
  await vi.advanceTimersByTimeAsync(storeLimits.uploadBackoffMsMax);
  // Nothing is given up from here on, so nothing may be sent twice.
  await drainedInFakedTime(0);
  await expectWhole();
  const sent = faulty.seen.slice(refused).filter((line) => line.startsWith('PUT'));
  expect(new Set(sent).size).toBe(sent.length);
  const video = sent.flatMap((line) => /v360\/(\d+)\.m4s/.exec(line)?.[1] ?? []).map(Number);
  // Four at once: each is at most so far from its place.
  for (const [place, msn] of video.entries()) expect(Math.abs(place - msn)).toBeLessThanOrEqual(storeLimits.uploadsMax);
});

test.each([1, 2, 3, 4, 5])('any mixture of faults, seed %i', async (seed) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const random = seededRandom(seed);
  const faults: readonly S3Fault[] = ['500', '503', '403', 'cut-request', 'cut-response', 'lost-ack'];
  faulty.decide = () => (random() < 0.4 ? (faults[Math.floor(random() * faults.length)] ?? 'none') : 'none');
  await broadcastWhole();
  await drainedInFakedTime(10);
  // A new process compares spool and bucket: whatever it is told, it ends at the same.
  await uploader.reconcile(prefix);
  await drainedInFakedTime(10);
  await expectWhole();
});

test('a bucket that lost an object gets it again at the next start, for as long as the spool has it', async () => {
  await broadcastWhole();
  await uploader.drained(prefix);
  await bucket.remove([`${prefix}v360/3.m4s`, `${prefix}a1/init-0.mp4`]);
  await bucket.put(`${prefix}v360/4.m4s`, [Buffer.from('cut')]);
  await uploader.reconcile(prefix);
  await uploader.drained(prefix);
  await expectWhole();
});
