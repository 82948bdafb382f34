import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { recordLimits } from '#shared/limits/store.ts';
import { parseRecord, type RecordEntry, type RunRecord, runEntry } from '#shared/model/record.ts';
import type { RecordFill } from '#shared/model/record-pack.ts';
import { Archive } from '../../origin/broadcast/archive.ts';
import { type Journal, openJournal } from '../../origin/broadcast/journal.ts';
import { RecordKeeper, type Sending, sendingOf } from '../../origin/broadcast/record-keeper.ts';
import type { Log } from '../../origin/observe/log.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { type ObjectStore, StoreError } from '../../origin/store/object-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast, sentAtOnce } from '../support/made-up-broadcast.ts';
import { pollUntil } from '../support/poll.ts';

const broadcast = 'b_0000000000abcdefghjk';
const [wholeKey, tailKey] = [`b/${broadcast}/record.ndjson.gz`, `b/${broadcast}/record-tail.ndjson.gz`];

const track: RecordEntry = {
  kind: 'track',
  run: 0,
  rendition: { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 },
  shape: { timescale: 48_000, targetDurationS: 2, partTargetS: 0.21334 },
  start: { nextMsn: 0, discontinuitySequence: 0 },
};

const run: RunRecord = {
  number: 1,
  renditions: new Set(['a1']),
  anchorMs: 0,
  startMs: 0,
  bandwidths: new Map(),
  captions: [],
  slate: false,
};

function segmentOf(msn: number): RecordEntry {
  const times = { startTicks: 480_000 + msn * 96_000, durationTicks: 96_000, programDateTimeMs: msn * 2_000 };
  const rest = { sizeBytes: 32_000, keyframeBytes: 0, discontinuity: false, initNumber: 0, gap: false };
  return { kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } };
}

const lineBytes = JSON.stringify(segmentOf(1_000)).length;
/** So many lines are worth packing. */
const many = Math.ceil(recordLimits.packBytesMin / lineBytes) + 1_000;

function archiveOn(store: ObjectStore, log: Log = silentLog, onPut: (key: string) => void = () => {}) {
  return new Archive({
    ...{ broadcast, store, log, append: () => {}, onStored: () => {}, onPut, onTrouble: () => {} },
  });
}

it('packs what is in the bucket, and whole record and newest lines go on to say all there is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keeper-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [store, journal] = [createMemoryStore(), openJournal(folder, silentLog)];
  const fills: RecordFill[] = [];
  let isUploaded = false;
  let nowMs = 1_000_000;
  const keeper = new RecordKeeper({
    ...{
      broadcast,
      journal,
      archive: archiveOn(store),
      sending: { ...sentAtOnce, isUploaded: () => isUploaded },
      onPacked: (fill) => fills.push(fill),
      now: () => nowMs,
    },
  });
  let next = 0;
  const make = (count: number) => {
    for (const end = next + count; next < end; next++) journal.append(broadcast, segmentOf(next));
  };
  const read = async (key: string) => gunzipSync((await store.get(key)) ?? Buffer.alloc(0)).toString();
  const size = async () => (await journal.read(broadcast)).length;
  journal.append(broadcast, track);
  make(many);
  await keeper.storeWhole();
  const plain = await size();
  // The bucket does not have it yet: nothing is touched.
  await keeper.storeWhole();
  expect(await size()).toBe(plain);
  isUploaded = true;
  make(1);
  keeper.onNews();
  await pollUntil(async () => (await store.get(tailKey)) !== null, 'the newest lines', 5_000);
  nowMs += 1_000_000;
  make(1);
  await keeper.storeWhole();
  expect(await size()).toBeLessThan(plain / 5);
  expect(fills).toEqual([{ segments: many, isCut: false }]);
  // The packed one is still on its way.
  isUploaded = false;
  make(1);
  keeper.onNews();
  const known = async () => parseRecord((await read(wholeKey)) + (await read(tailKey))).tracks.get('a1')?.timeline;
  await pollUntil(async () => (await known())?.nextMsn === next, 'all of it', 5_000);
  expect((await known())?.segments.filter(({ gap }) => gap)).toEqual([]);
  // Only what is new was sent.
  expect((await read(tailKey)).length).toBeLessThan(10 * lineBytes);
});

it('lets segments of a run go once the bucket has the lines that tell of it, also where others are on their way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keeper-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [memory, journal] = [createMemoryStore(), openJournal(folder, silentLog)];
  let puts = 0;
  const slow = Promise.withResolvers<void>();
  const put: typeof memory.put = async (key, pieces) => {
    if (key === tailKey && puts++ === 0) await slow.promise;
    await memory.put(key, pieces);
  };
  const store = { ...memory, put };
  const steps: string[] = [];
  const arrivals: (() => void)[] = [];
  const sending: Sending = {
    isUploaded: () => false,
    uploaded: (key) => {
      steps.push(key === wholeKey ? 'whole' : 'tail');
      return new Promise<void>((resolve) => arrivals.push(resolve));
    },
    keepBack: (kept) => void steps.push(kept ? 'wait' : 'go'),
  };
  const keeper = new RecordKeeper({
    broadcast,
    journal,
    archive: archiveOn(store),
    sending,
    onPacked: () => {},
    now: () => 1_000,
  });
  const told = (count: number) => pollUntil(() => steps.length >= count, `${count} steps`, 5_000);
  journal.append(broadcast, track);
  keeper.onRunBegins();
  await keeper.storeWhole();
  keeper.onRunBegins();
  journal.append(broadcast, segmentOf(0));
  keeper.onNews();
  await pollUntil(() => puts === 1, 'lines without the run on their way', 5_000);
  journal.append(broadcast, runEntry(run));
  keeper.onRunNamed();
  slow.resolve();
  await told(4);
  expect([steps, parseRecord(gunzipSync((await store.get(tailKey)) ?? '').toString()).runs.length]).toEqual([
    ['wait', 'whole', 'wait', 'tail'],
    1,
  ]);
  // The lines of the run before it are no reason.
  arrivals[0]?.();
  await Promise.resolve();
  expect(steps.length).toBe(4);
  arrivals[1]?.();
  await told(5);
  expect(steps.at(-1)).toBe('go');
});

it('lets segments go once lines that tell of their run are there, although newer ones are always on their way', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keeper-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [spool, bucket, journal] = [createMemoryStore(), createMemoryStore(), openJournal(folder, silentLog)];
  let isOver = false;
  const put: typeof bucket.put = async (key, pieces) => {
    const isBehind = () => {
      keeper.onNews();
      return isOver || uploader.backlog(tailKey) === 2;
    };
    if (key === tailKey) await pollUntil(isBehind, 'newer lines', 5_000);
    await bucket.put(key, pieces);
  };
  const uploader = new Uploader({
    ...{ spool, target: { ...bucket, put }, log: silentLog, random01: () => 0, now: () => 1_000 },
  });
  const archive = archiveOn(spool, silentLog, (key) => uploader.add(key));
  const sending = sendingOf(uploader, broadcast);
  const keeper = new RecordKeeper({ broadcast, journal, archive, sending, onPacked: () => {}, now: () => 1_000 });
  keeper.onRunBegins();
  for (const entry of [track, segmentOf(0), runEntry(run)]) journal.append(broadcast, entry);
  const segment = `b/${broadcast}/a1/0.m4s`;
  await spool.put(segment, [Buffer.from('media')]);
  uploader.add(segment);
  keeper.onRunNamed();
  await pollUntil(async () => (await bucket.get(segment)) !== null, 'the segment to go', 5_000);
  isOver = true;
  uploader.stop();
  await uploader.settled();
});

it('lets segments go without where the record cannot be stored', async () => {
  const steps: boolean[] = [];
  const sending = { ...sentAtOnce, keepBack: (kept: boolean) => void steps.push(kept) };
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keeper-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const journal = openJournal(folder, silentLog);
  const put = async () => {
    throw new StoreError('store_full', 'There is no room.');
  };
  const archive = archiveOn({ ...createMemoryStore(), put });
  const keeper = new RecordKeeper({ broadcast, journal, archive, sending, onPacked: () => {}, now: () => 1_000 });
  journal.append(broadcast, track);
  keeper.onRunBegins();
  keeper.onRunNamed();
  await pollUntil(() => steps.length === 2, 'segments to go', 5_000);
  expect(steps).toEqual([true, false]);
});

it.each([
  ['cannot be read', () => Promise.reject(new Error('a disk that fails')), []],
  ['has no line', async () => Buffer.alloc(0), []],
  ['is in the store', null, [broadcast]],
] as const)('a record that %s at the end is not forgotten, unless it is in the store', async (_, read, forgotten) => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keeper-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [store, own] = [createMemoryStore(), openJournal(folder, silentLog)];
  const forgets: string[] = [];
  const journal: Journal = {
    save: (state) => own.save(state),
    append: (...line) => own.append(...line),
    adopt: (...left) => own.adopt(...left),
    pack: (...place) => own.pack(...place),
    read: (...place) => (read ? read() : own.read(...place)),
    forget: (id) => void forgets.push(id),
    load: () => own.load(),
    flush: () => own.flush(),
  };
  const { media } = new MadeUpBroadcast({ broadcast, store, journal, sending: sentAtOnce });
  media.leave();
  await media.end();
  await own.flush();
  expect(forgets).toEqual(forgotten);
});

it('a record that no PoP could read is not sent, and not tried again', async () => {
  const events: unknown[] = [];
  const error: Log['error'] = (fields: unknown) => void events.push((fields as { event?: unknown }).event);
  const log: Log = { ...silentLog, error };
  const store = createMemoryStore();
  const bytes = Buffer.allocUnsafe(edgeLimits.objectBytesMax + 4_096);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  expect([await archiveOn(store, log).storeRecord(bytes), await store.get(wholeKey), events]).toEqual([
    true,
    null,
    ['record_too_large'],
  ]);
});
