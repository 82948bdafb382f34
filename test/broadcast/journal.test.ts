import { appendFile, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { storeLimits } from '#shared/limits/store.ts';
import { emptyRecord, parseRecord, type RecordEntry } from '#shared/model/record.ts';
import { type Journal, type JournalState, openJournal } from '../../origin/broadcast/journal.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';

/** What happens before a file is opened, and the one that is not read as a whole. */
const files = vi.hoisted(() => ({ beforeOpen: async (_flags: string): Promise<void> => {}, unread: '' }));
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const open = async (path: string, flags: string, mode?: number) => {
    await files.beforeOpen(flags);
    return fs.open(path, flags, mode);
  };
  const readFile = async (path: string, encoding: BufferEncoding | null = null) => {
    if (files.unread !== '' && path.endsWith(files.unread)) throw new Error('a disk that fails');
    return fs.readFile(path, encoding);
  };
  return { ...fs, open, readFile };
});

let folder: string;
beforeEach(async () => {
  files.beforeOpen = async () => {};
  folder = join(await mkdtemp(join(tmpdir(), 'headwater-journal-')), 'broadcasts');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

function entry(broadcast: string, savedMs: number): JournalState {
  return {
    accepted: {
      accepted: true,
      channel: 'demo',
      broadcast,
      resumed: false,
      latency: 'low',
      reconnectWindowMs: 60_000,
      slate: false,
    },
    savedMs,
    complete: false,
  };
}

const first = 'b_0000000000abcdefghjk';
const second = 'b_1111111111abcdefghjk';

it('gives back the newest entry of each broadcast, readable by its owner only', async () => {
  const journal = openJournal(folder, silentLog);
  for (let msn = 0; msn < 20; msn++) journal.save(entry(first, msn));
  journal.save(entry(second, 7));
  await journal.flush();
  const loaded = await openJournal(folder, silentLog).load();
  expect(loaded.toSorted((a, b) => a.accepted.broadcast.localeCompare(b.accepted.broadcast))).toEqual([
    { ...entry(first, 19), record: emptyRecord },
    { ...entry(second, 7), record: emptyRecord },
  ]);
  expect((await stat(join(folder, `${first}.json`))).mode & 0o777).toBe(0o600);
});

const track: RecordEntry = {
  kind: 'track',
  run: 0,
  rendition: { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 },
  shape: { timescale: 48_000, targetDurationS: 2, partTargetS: 0.21334 },
  start: { nextMsn: 0, discontinuitySequence: 0 },
};

function segmentOf(msn: number): RecordEntry {
  const times = { startTicks: 480_000 + msn * 96_000, durationTicks: 96_000, programDateTimeMs: msn * 2_000 };
  const rest = { sizeBytes: 32_000, keyframeBytes: 0, discontinuity: false, initNumber: 0, gap: false };
  return { kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } };
}

const msnsOf = (journal: Journal) =>
  journal.load().then(([entry]) => entry?.record.tracks.get('a1')?.timeline.segments.map((one) => one.msn));

it('keeps the record of a broadcast line by line, also past a line that a crash cut short', async () => {
  const journal = openJournal(folder, silentLog);
  journal.save(entry(first, 1));
  for (const one of [track, segmentOf(0), segmentOf(1)]) journal.append(first, one);
  await journal.flush();
  expect(await msnsOf(journal)).toEqual([0, 1]);
  await appendFile(join(folder, `${first}.ndjson`), '{"kind":"segment","rend');
  expect(await msnsOf(journal)).toEqual([0, 1]);
  journal.append(first, segmentOf(2));
  await journal.flush();
  expect(await msnsOf(journal)).toEqual([0, 1, 2]);
});

it('a line that cannot be written waits until it can, in its place, and is read meanwhile', async () => {
  const events: unknown[] = [];
  const write = (fields: object) => void events.push((fields as { event?: unknown }).event);
  const journal = openJournal(folder, { ...silentLog, warn: write, info: write });
  journal.save(entry(first, 1));
  for (const one of [track, segmentOf(0)]) journal.append(first, one);
  await journal.flush();
  const path = join(folder, `${first}.ndjson`);
  await rename(path, `${path}.away`);
  await symlink('no-folder/record', path);
  for (const msn of [1, 2]) {
    journal.append(first, segmentOf(msn));
    await journal.flush();
  }
  const read = async () => (await journal.read(first)).toString().match(/"msn":\d+/g);
  expect([await read(), events]).toEqual([['"msn":1', '"msn":2'], ['journal_failed']]);
  await rm(path);
  await rename(`${path}.away`, path);
  journal.append(first, segmentOf(3));
  await journal.flush();
  expect([await msnsOf(openJournal(folder, silentLog)), events]).toEqual([
    [0, 1, 2, 3],
    ['journal_failed', 'journal_works'],
  ]);
});

it('tries again by itself', async () => {
  const journal = openJournal(folder, silentLog);
  await writeFile(folder, 'a file where the folder should be');
  journal.save(entry(first, 1));
  journal.append(first, track);
  journal.append(first, segmentOf(0));
  await journal.flush();
  await rm(folder);
  const isWritten = async () => (await readdir(folder).catch((): string[] => [])).includes(`${first}.json`);
  await pollUntil(isWritten, 'the state to be written, behind the lines', 10_000);
  expect(await msnsOf(openJournal(folder, silentLog))).toEqual([0]);
});

it('what was written before a reset of the machine may be behind what was announced', async () => {
  const journal = openJournal(folder, silentLog, 'monday');
  journal.save(entry(first, 1));
  for (const one of [track, segmentOf(0)]) journal.append(first, one);
  await journal.flush();
  const adopted = async (boot: string | null) => {
    const [loaded] = await openJournal(folder, silentLog, boot).load();
    expect(loaded).toMatchObject(entry(first, 1));
    return loaded?.adopted ?? false;
  };
  expect([await adopted('monday'), await adopted('tuesday'), await adopted(null)]).toEqual([false, true, false]);
  // As a version wrote it that did not know.
  await writeFile(join(folder, `${first}.json`), JSON.stringify(entry(first, 1)));
  expect(await adopted('tuesday')).toBe(false);
});

it('removes a record without a broadcast', async () => {
  const journal = openJournal(folder, silentLog);
  journal.append(first, track);
  await journal.flush();
  expect(await journal.load()).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('what is there and cannot be read is neither nothing nor removed, and is told once', async () => {
  const events: unknown[] = [];
  const error = (fields: object) => void events.push((fields as { event?: unknown }).event);
  const journal = openJournal(folder, { ...silentLog, error });
  for (const one of [first, second]) {
    journal.save(entry(one, 1));
    for (const line of [track, segmentOf(0)]) journal.append(one, line);
  }
  await journal.flush();
  files.beforeOpen = async () => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  };
  for (let time = 0; time < 2; time++) await expect(journal.read(first)).rejects.toThrow('too many open files');
  files.unread = `${second}.json`;
  expect(await journal.load()).toEqual([{ ...entry(first, 1), record: emptyRecord, unread: true }]);
  expect(events).toEqual(['record_unread', 'journal_unread', 'journal_unread']);
  files.beforeOpen = async () => {};
  files.unread = '';
  expect((await journal.load()).map(({ unread, record }) => [unread, record.tracks.size])).toEqual([
    [undefined, 1],
    [undefined, 1],
  ]);
});

it('reads what another origin made of a broadcast before it could be written down', async () => {
  const journal = openJournal(folder, silentLog);
  for (const one of [track, segmentOf(7)]) journal.append(first, one);
  await journal.flush();
  await mkdir(join(folder, `${first}.ndjson.tmp`));
  journal.adopt(entry(first, 1), [track, segmentOf(0), segmentOf(1)]);
  journal.append(first, { kind: 'end' });
  const { ended, tracks } = parseRecord((await journal.read(first)).toString());
  expect([ended, tracks.get('a1')?.timeline.segments.map(({ msn }) => msn)]).toEqual([true, [0, 1]]);
});

it('forgets what has ended', async () => {
  const journal = openJournal(folder, silentLog);
  journal.save(entry(first, 1));
  journal.append(first, segmentOf(0));
  await journal.flush();
  journal.append(first, segmentOf(1));
  journal.forget(first);
  await journal.flush();
  expect(await readdir(folder)).toEqual([]);
});

it('leaves out and removes what a crash left half written, and what does not belong there', async () => {
  const journal = openJournal(folder, silentLog);
  expect(await journal.load()).toEqual([]);
  journal.save(entry(first, 1));
  await journal.flush();
  await writeFile(join(folder, `${second}.json`), '{"accepted":{"broad');
  await writeFile(join(folder, 'b_x.json'), JSON.stringify(entry(first, 3)));
  expect(await journal.load()).toEqual([{ ...entry(first, 1), record: emptyRecord }]);
  expect(await readdir(folder)).toEqual([`${first}.json`]);
});

it('says so, and goes on, when nothing can be written', async () => {
  const warnings: unknown[] = [];
  await writeFile(folder, 'a file where the folder should be');
  const journal = openJournal(folder, { ...silentLog, warn: (fields) => warnings.push(fields.event) });
  journal.save(entry(first, 1));
  await journal.flush();
  expect(warnings).toEqual(['journal_failed']);
});

it('packs the lines before a place, so that what follows them is found at the place that it says', async () => {
  const journal = openJournal(folder, silentLog);
  journal.save(entry(first, 1));
  for (const one of [track, ...Array.from({ length: 40 }, (_, msn) => segmentOf(msn))]) journal.append(first, one);
  const place = (await journal.read(first)).length;
  journal.append(first, segmentOf(40));
  const packing = journal.pack(first, place);
  journal.append(first, segmentOf(41));
  const { fromBytes, toBytes: next } = await packing;
  expect(fromBytes).toBe(place);
  expect(next).toBeLessThan(place / 5);
  expect((await journal.read(first, next)).toString()).toBe(
    [segmentOf(40), segmentOf(41)].map((one) => `${JSON.stringify(one)}\n`).join(''),
  );
  expect(await msnsOf(openJournal(folder, silentLog))).toEqual(Array.from({ length: 42 }, (_, msn) => msn));
});

it('packs no part of a line, and says where the last whole one ended', async () => {
  const journal = openJournal(folder, silentLog);
  journal.save(entry(first, 1));
  for (const one of [track, ...Array.from({ length: 10 }, (_, msn) => segmentOf(msn))]) journal.append(first, one);
  const all = await journal.read(first);
  const lastAt = all.lastIndexOf('\n', -2) + 1;
  const packed = await journal.pack(first, lastAt + 20);
  expect(packed.fromBytes).toBe(lastAt);
  expect((await journal.read(first, packed.toBytes)).toString()).toBe(`${JSON.stringify(segmentOf(9))}\n`);
  expect(await msnsOf(openJournal(folder, silentLog))).toEqual(Array.from({ length: 10 }, (_, msn) => msn));
});

it('reads what a record begins with, also while a line is being added to it', async () => {
  const journal = openJournal(folder, silentLog);
  for (const one of [track, segmentOf(0)]) journal.append(first, one);
  await journal.flush();
  const read = Promise.withResolvers<void>();
  files.beforeOpen = async (flags) => {
    // What is written meanwhile is under way until the read is over.
    if (flags !== 'r') return read.promise;
    files.beforeOpen = async () => read.promise;
    journal.append(first, segmentOf(1));
    for (let turn = 0; turn < 20; turn++) await stat(folder);
    journal.append(first, segmentOf(2));
  };
  const before = await journal.read(first);
  read.resolve();
  expect((await journal.read(first)).subarray(0, before.length).toString()).toBe(before.toString());
  expect((await journal.read(first)).toString().match(/"msn":\d/g)).toEqual(['"msn":0', '"msn":1', '"msn":2']);
});

it('what cannot be packed stays as it is', async () => {
  const journal = openJournal(folder, silentLog);
  for (const one of [track, segmentOf(0)]) journal.append(first, one);
  const before = await journal.read(first);
  await mkdir(join(folder, `${first}.ndjson.tmp`));
  const asItIs = { fromBytes: before.length, toBytes: before.length };
  expect(await journal.pack(first, before.length)).toEqual(asItIs);
  expect(await journal.read(first)).toEqual(before);
});

it('takes over the whole record of another origin, however long, in place of what it had', async () => {
  const journal = openJournal(folder, silentLog);
  for (const one of [track, segmentOf(0), segmentOf(7)]) journal.append(first, one);
  await journal.flush();
  journal.forget(first);
  const count = storeLimits.journalLinesMax + 10;
  journal.adopt(entry(first, 1), [track, ...Array.from({ length: count }, (_, msn) => segmentOf(msn))]);
  journal.append(first, segmentOf(count));
  await journal.flush();
  const [loaded] = await openJournal(folder, silentLog).load();
  const { segments } = loaded?.record.tracks.get('a1')?.timeline ?? { segments: [] };
  expect([segments.length, segments.filter(({ gap }) => gap)]).toEqual([count + 1, []]);
});
