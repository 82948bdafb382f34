import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRecord } from '#shared/model/record.ts';
import { summarizeRecord } from '#shared/model/replay-summary.ts';
import { type Journal, openJournal } from '../../origin/broadcast/journal.ts';
import { replayStatus } from '../../origin/broadcast/replay-summary.ts';
import { type DiskStore, openDiskStore } from '../../origin/store/disk-store.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast } from '../support/made-up-broadcast.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

const broadcast = 'b_0000000000abcdefghjk';
const diskBytes = 4_194_304;

let disk: SmallDisk | null;
let folder: string;
let store: DiskStore;
let journal: Journal;

/** A real small file system; where nothing may be mounted, a store that is bounded to the same size. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-full-'));
  disk = await mountSmallDisk(diskBytes);
  store = await openDiskStore(join(home(), 'spool'), disk ? Number.POSITIVE_INFINITY : diskBytes);
  journal = openJournal(join(home(), 'broadcasts'), silentLog);
});
afterEach(async () => {
  await journal.flush();
  await disk?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Spool and journal on one disk, as `dataDir` has them. */
const home = () => disk?.folder ?? folder;
const recorded = async () => parseRecord((await journal.read(broadcast)).toString());
const gapsOf = async (name: string) => {
  const { tracks } = await recorded();
  return (tracks.get(name)?.timeline.segments ?? []).map(({ gap }) => gap);
};

/** The same as another process finds it on the disk. */
const written = async (name: string) => {
  await journal.flush();
  const [entry] = await openJournal(join(home(), 'broadcasts'), silentLog).load();
  return entry?.record.tracks.get(name)?.timeline.segments.map(({ gap }) => gap) ?? [];
};

/** What viewers at the live edge get: the newest segments, whole. */
async function expectLive({ media }: MadeUpBroadcast): Promise<void> {
  const { segments } = readMediaPlaylist(media.window.playlist('v360', false)?.text ?? '');
  expect(segments.length).toBeGreaterThanOrEqual(6);
  for (const file of segments.slice(-6)) {
    const answer = media.window.segment('v360', Number.parseInt(file, 10));
    expect([file, answer.kind]).toEqual([file, 'found']);
  }
}

test('a full disk: the broadcast goes on from memory, what was lost is a hole, and it is stored again when there is room', async () => {
  // 0.6 MB a segment: six or so fit.
  const live = new MadeUpBroadcast({ broadcast, store, journal, sampleBytes: 10_000 });
  await live.play(20);
  expect(live.troubles).toEqual(['store_full']);
  await expectLive(live);
  const before = await gapsOf('v360');
  const firstGap = before.indexOf(true);
  expect(firstGap).toBeGreaterThanOrEqual(3);
  expect(before.slice(firstGap).every((gap) => gap)).toBe(true);
  expect((await store.room()).freeBytes).toBeLessThan(700_000);
  // What the record names is there, byte by byte, and nothing else is.
  for (const [msn, gap] of before.entries()) {
    const bytes = await store.get(`b/${broadcast}/v360/${msn}.m4s`);
    expect([msn, bytes === null]).toEqual([msn, gap]);
  }
  await store.remove([0, 1, 2].map((msn) => `b/${broadcast}/v360/${msn}.m4s`));
  await live.play(2);
  expect(live.troubles).toEqual(['store_full', null]);
  expect((await gapsOf('v360')).slice(-2)).toEqual([false, false]);
  expect(await written('v360')).toEqual(await gapsOf('v360'));
  const status = replayStatus(summarizeRecord(await recorded()), 0, 1);
  expect([status.state, status.durationMs]).toEqual(['partial', 44_000]);
  expect(status.gapMs).toBe(2_000 * (20 - firstGap));
});

test('a disk that is full at the end: the record waits for room, and the next process has it if none comes', async () => {
  const live = new MadeUpBroadcast({ broadcast, store, journal, sampleBytes: 10_000 });
  await live.play(20);
  await fill();
  const ended = live.media.end();
  await live.media.settled();
  live.media.leave();
  await ended;
  expect(await isWhole()).toBe(false);
  expect((await recorded()).ended).toBe(true);
  // The same journal, another process: this one has room.
  await store.remove([`b/${broadcast}/v360/0.m4s`]);
  const next = new MadeUpBroadcast({ broadcast, store, journal });
  await next.media.end();
  expect(await isWhole()).toBe(true);
});

/** The record beside the media says that nothing follows. */
async function isWhole(): Promise<boolean> {
  const stored = await store.get(`b/${broadcast}/record.ndjson.gz`);
  return stored !== null && parseRecord(gunzipSync(stored).toString()).ended;
}

/** Leaves no byte of room. */
async function fill(): Promise<void> {
  for (let size = 400_000; size >= 1; size = Math.floor(size / 2)) {
    for (let i = 0; (await fits(`b/fill/${size}.${i}`, size)) && i < 64; i++);
  }
}

async function fits(key: string, sizeBytes: number): Promise<boolean> {
  return store.put(key, [Buffer.alloc(sizeBytes, 1)]).then(
    () => true,
    () => false,
  );
}

test('a disk that turned read-only: the same, and it goes on when it is well', async () => {
  const live = new MadeUpBroadcast({ broadcast, store, journal });
  await live.play(3);
  const fail = async (failing: boolean) => {
    if (disk) await disk.setReadOnly(failing);
    else await (failing ? rm(join(folder, 'spool'), { recursive: true }) : undefined);
  };
  await fail(true);
  await live.play(12);
  // Without a mount the folder is gone instead, and is made again.
  expect(live.troubles).toEqual(disk ? ['store_failed'] : []);
  await expectLive(live);
  await fail(false);
  await live.play(2);
  expect(live.troubles).toEqual(disk ? ['store_failed', null] : []);
  const gaps = await gapsOf('v360');
  if (disk) expect(gaps).toEqual([...Array(3).fill(false), ...Array(12).fill(true), false, false]);
  expect(await written('v360')).toEqual(gaps);
});

test('a slow disk: live goes on from memory, and the record names nothing before it is stored', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const put: DiskStore['put'] = async (key, pieces) => {
    if (key.endsWith('.m4s')) await promise;
    await store.put(key, pieces);
  };
  const live = new MadeUpBroadcast({ broadcast, store: { ...store, put }, journal });
  const played = live.play(12);
  await expectLive(live);
  expect([await gapsOf('v360'), await gapsOf('a1')]).toEqual([[], []]);
  expect(await store.get(`b/${broadcast}/v360/0.m4s`)).toBeNull();
  resolve();
  await played;
  expect(live.troubles).toEqual([]);
  expect([await gapsOf('v360'), await gapsOf('a1')]).toEqual([Array(12).fill(false), Array(12).fill(false)]);
  expect(await written('v360')).toEqual(await gapsOf('v360'));
});

test('a disk without a byte of room: lines of the record wait for some, and none is torn or lost', async () => {
  const live = new MadeUpBroadcast({ broadcast, store, journal });
  await live.play(3);
  await fill();
  // More lines than the last page of the file has room for.
  await live.play(30);
  if (disk) expect((await written('v360')).length).toBeLessThan(33);
  expect((await gapsOf('v360')).length).toBe(33);
  const filling: string[] = [];
  for await (const { key } of store.list('b/fill/')) filling.push(key);
  await store.remove(filling);
  await live.play(2);
  const gaps = await gapsOf('v360');
  expect(gaps).toEqual([...Array(3).fill(false), ...Array(30).fill(true), false, false]);
  expect(await written('v360')).toEqual(gaps);
});

test('the spool leaves the journal room on their disk: a process that is killed on a full one has lost no line', async () => {
  const careful = await openDiskStore(join(home(), 'spool'), disk ? Number.POSITIVE_INFINITY : 3_000_000, 1_000_000);
  const live = new MadeUpBroadcast({ broadcast, store: careful, journal });
  await live.play(300);
  expect(live.troubles).toEqual(['store_full']);
  // As the next process reads it, without what this one still has in its memory.
  expect(await written('v360')).toEqual(await gapsOf('v360'));
  expect((await written('v360')).length).toBe(300);
});
