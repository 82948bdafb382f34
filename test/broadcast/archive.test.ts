import { expect, it } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { storeLimits } from '#shared/limits/store.ts';
import type { RecordEntry } from '#shared/model/record.ts';
import { Archive } from '../../origin/broadcast/archive.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { type ObjectStore, StoreError } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';

const broadcast = 'b_0000000000abcdefghjk';

const track: RecordEntry = {
  kind: 'track',
  run: 3,
  rendition: { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 },
  shape: { timescale: 48_000, targetDurationS: 2, partTargetS: 0.21334 },
  start: { nextMsn: 0, discontinuitySequence: 0 },
};

function segment(msn: number, gap = false) {
  const times = { startTicks: 480_000 + msn * 96_000, durationTicks: 96_000, programDateTimeMs: msn * 2_000 };
  const rest = { sizeBytes: 5, keyframeBytes: 0, discontinuity: false, initNumber: 3, gap };
  return { kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } } as const;
}

function create(store: ObjectStore) {
  const lines: RecordEntry[] = [];
  const stored: number[] = [];
  const trouble: (string | null)[] = [];
  const put: string[] = [];
  const archive = new Archive({
    broadcast,
    store,
    append: (entry) => lines.push(entry),
    onPut: (key) => put.push(key),
    onStored: (_, msn) => stored.push(msn),
    onTrouble: (why) => trouble.push(why?.code ?? null),
    log: silentLog,
  });
  return { archive, lines, stored, trouble, put };
}

const media = [Buffer.from('one'), Buffer.from('two')];

it('stores media under the path of its URL, then records it, in order', async () => {
  const { archive, lines, stored } = create(createMemoryStore());
  archive.record(track, [Buffer.from('init')]);
  archive.record(segment(0), media);
  archive.record(segment(1, true), []);
  expect(lines).toEqual([]);
  await archive.settled();
  expect(lines).toEqual([track, segment(0), segment(1, true)]);
  expect(stored).toEqual([0]);
  expect((await archive.read('a1', '0.m4s'))?.toString()).toBe('onetwo');
  expect((await archive.read('a1', 'init-3.mp4'))?.toString()).toBe('init');
  expect(await archive.read('a1', '1.m4s')).toBeNull();
});

it('records what it could not store as a gap, says so once, and once that it works again', async () => {
  const memory = createMemoryStore();
  let full = true;
  const { archive, lines, stored, trouble } = create({
    ...memory,
    put: async (key, pieces) => {
      if (full) throw new StoreError('store_full', 'full');
      await memory.put(key, pieces);
    },
  });
  for (const msn of [0, 1]) archive.record(segment(msn), media);
  await archive.settled();
  full = false;
  archive.record(segment(2), media);
  await archive.settled();
  expect(lines.map((line) => line.kind === 'segment' && [line.segment.msn, line.segment.gap])).toEqual([
    [0, true],
    [1, true],
    [2, false],
  ]);
  expect([stored, trouble]).toEqual([[2], ['store_full', null]]);
});

it('says whether the record lies beside the media', async () => {
  const lines = Buffer.from('{"kind":"end"}\n');
  const { archive, put } = create(createMemoryStore());
  expect([await archive.storeRecord(Buffer.alloc(0)), put]).toEqual([true, []]);
  expect([await archive.storeRecord(lines), put]).toEqual([true, [`b/${broadcast}/record.ndjson.gz`]]);
  expect(await create(createMemoryStore(1)).archive.storeRecord(lines)).toBe(false);
});

it('holds a bounded amount for a store that hangs', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const memory = createMemoryStore();
  const { archive, lines, stored } = create({ ...memory, put: () => promise });
  const large = [Buffer.alloc(storeLimits.archiveQueueBytesMax / 4)];
  for (const msn of [0, 1, 2, 3, 4]) archive.record(segment(msn), large);
  resolve();
  await archive.settled();
  expect(stored).toEqual([0, 1, 2, 3]);
  expect(lines.map((line) => line.kind === 'segment' && line.segment.gap)).toEqual([false, false, false, false, true]);
});

// docs/decisions/0017: what one request carries, everywhere on the way.
it('takes no object that a PoP could not carry: it is a gap, and what comes after it is stored', async () => {
  const { archive, lines, stored, put } = create(createMemoryStore());
  const sizes = [edgeLimits.objectBytesMax, edgeLimits.objectBytesMax + 1, 1];
  for (const [msn, size] of sizes.entries()) {
    archive.record(segment(msn), [Buffer.alloc(size)]);
    await archive.settled();
  }
  expect([stored, put.length]).toEqual([[0, 2], 2]);
  expect(lines.map((line) => line.kind === 'segment' && line.segment.gap)).toEqual([false, true, false]);
});
