import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordLimits } from '#shared/limits/store.ts';
import { parseRecord } from '#shared/model/record.ts';
import { adoptBroadcast } from '../../origin/broadcast/adopt.ts';
import { type Journal, openJournal } from '../../origin/broadcast/journal.ts';
import { unzipRecord } from '../../origin/broadcast/record-text.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast, sentAtOnce } from '../support/made-up-broadcast.ts';
import { pollUntil } from '../support/poll.ts';

const broadcast = 'b_0000000000abcdefghjk';
const tailKey = `b/${broadcast}/record-tail.ndjson.gz`;

let folder: string;
let bucket: ObjectStore;
let journal: Journal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-adopt-'));
  bucket = createMemoryStore();
  journal = openJournal(folder, silentLog);
});
afterEach(async () => {
  await journal.flush();
  await rm(folder, { recursive: true });
});

/** Twenty segments of a broadcast that goes straight into the bucket, and then nothing more. */
async function leaveBroadcast(): Promise<MadeUpBroadcast> {
  const live = new MadeUpBroadcast({ broadcast, store: bucket, journal, sending: sentAtOnce });
  await live.play(1);
  await pollUntil(async () => (await bucket.get(`b/${broadcast}/record.ndjson.gz`)) !== null, 'the record', 5_000);
  await live.play(19);
  await pollUntil(async () => (await bucket.get(tailKey)) !== null, 'newer lines', 5_000);
  return live;
}

/** What its own journal says of it. */
const known = async () => parseRecord((await journal.read(broadcast)).toString());

it('takes a broadcast to be what its origin knew of it, segment by segment', async () => {
  await leaveBroadcast();
  expect((await adoptBroadcast(broadcast, bucket))?.record).toEqual(await known());
});

it('finds out from the media what no record says, to the byte and the tick', async () => {
  await leaveBroadcast();
  await bucket.remove([tailKey]);
  const adopted = await adoptBroadcast(broadcast, bucket);
  const numbers = adopted?.record.tracks.get('v360')?.timeline.segments.map(({ msn }) => msn);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, msn) => msn));
  expect(adopted?.record.tracks).toEqual((await known()).tracks);
});

it('marks as gaps what is not there, or not whole, and what cannot be read', async () => {
  await leaveBroadcast();
  await bucket.remove([`b/${broadcast}/v360/7.m4s`, tailKey]);
  await bucket.put(`b/${broadcast}/a1/0.m4s`, [Buffer.from('cut')]);
  await bucket.put(`b/${broadcast}/a1/18.m4s`, [Buffer.from('not media')]);
  const adopted = await adoptBroadcast(broadcast, bucket);
  const gapsOf = (name: string) =>
    adopted?.record.tracks
      .get(name)
      ?.timeline.segments.filter(({ gap }) => gap)
      .map(({ msn }) => msn);
  expect([gapsOf('v360'), gapsOf('a1')]).toEqual([[7], [0, 18]]);
  expect(adopted?.record.tracks.get('a1')?.timeline.nextMsn).toBe(20);
});

it('reads segments of a run of which the record has no more than its beginning', async () => {
  const first = await leaveBroadcast();
  await first.media.handOver();
  const [restored = null] = await journal.load();
  const next = new MadeUpBroadcast({ broadcast, store: bucket, journal, restored, sending: sentAtOnce });
  await next.play(3);
  await next.media.stored();
  const record = await known();
  // What the record said when the run was announced: nothing of its segments.
  const runs = (await journal.read(broadcast)).toString().split('\n');
  const begun = runs.filter((line) => !/"initNumber":[1-9]/.test(line)).join('\n');
  expect(parseRecord(begun).runs).toEqual(record.runs);
  await bucket.put(`b/${broadcast}/record.ndjson.gz`, [gzipSync(begun)]);
  await bucket.remove([tailKey]);
  const adopted = await adoptBroadcast(broadcast, bucket);
  expect(adopted?.record.tracks).toEqual(record.tracks);
  const made = adopted?.record.tracks.get('v360')?.timeline.segments.slice(-3);
  expect(made?.map(({ gap, discontinuity }) => [gap, discontinuity])).toEqual([
    [false, true],
    [false, false],
    [false, false],
  ]);
});

it('uses no number again: of an encoder run that only its init segment tells of, and of its segments', async () => {
  await leaveBroadcast();
  await bucket.put(`b/${broadcast}/v360/init-1.mp4`, [Buffer.from('another run')]);
  await bucket.put(`b/${broadcast}/v360/22.m4s`, [Buffer.from('of the other run')]);
  const { lastRun, tracks } = (await adoptBroadcast(broadcast, bucket))?.record ?? {};
  expect([lastRun, tracks?.get('v360')?.timeline.nextMsn]).toEqual([1, 23]);
  expect(
    tracks
      ?.get('v360')
      ?.timeline.segments.slice(-3)
      .map(({ gap }) => gap),
  ).toEqual([true, true, true]);
});

it('there is nothing to go on with where the bucket has no record, and nothing to add to one that is whole', async () => {
  expect(await adoptBroadcast(broadcast, bucket)).toBeNull();
  // What another origin left there may be anything: a gigabyte of nothing is a few kilobytes.
  const bomb = gzipSync(Buffer.alloc(recordLimits.textBytesMax + 1));
  expect(() => unzipRecord(bomb)).toThrow(RangeError);
  await bucket.put(`b/${broadcast}/record.ndjson.gz`, [bomb]);
  expect(await adoptBroadcast(broadcast, bucket)).toBeNull();
  await bucket.remove([`b/${broadcast}/record.ndjson.gz`]);
  const live = await leaveBroadcast();
  await live.media.end();
  expect((await adoptBroadcast(broadcast, bucket))?.record.ended).toBe(true);
});
