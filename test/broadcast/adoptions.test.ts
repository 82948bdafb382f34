import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Adoptions } from '../../origin/broadcast/adoptions.ts';
import { openJournal } from '../../origin/broadcast/journal.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';
import { acceptedOf, MadeUpBroadcast } from '../support/made-up-broadcast.ts';

const broadcast = 'b_0000000000abcdefghjk';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-adoptions-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** An origin's journal and what it adopts, in the folder that all of them share here: each is the next process. */
function nextProcess(bucket: Pick<ObjectStore, 'get' | 'list'>) {
  const journal = openJournal(join(folder, 'own'), silentLog);
  return { journal, adoptions: new Adoptions({ bucket, journal, log: silentLog, now: () => 5_000 }) };
}

const silent: Pick<ObjectStore, 'get' | 'list'> = {
  get: () => new Promise(() => {}),
  list: () => {
    throw new Error('nothing is listed before the record was read');
  },
};

/** What a dead origin left. */
async function leave(): Promise<ObjectStore> {
  const bucket = createMemoryStore();
  const journal = openJournal(join(folder, 'dead'), silentLog);
  const live = new MadeUpBroadcast({ broadcast, store: bucket, journal });
  await live.play(3);
  await live.media.stored();
  return bucket;
}

it.each([
  ['a publisher waits for', 'resume', { savedMs: 5_000, complete: false }],
  ['nobody publishes any more', 'finish', { savedMs: 0, complete: true }],
] as const)('one that %s is taken up again by the next process, and by the one after it', async (_, how, state) => {
  const first = nextProcess(silent);
  void first.adoptions[how](acceptedOf(broadcast));
  await first.journal.flush();
  const second = nextProcess(silent);
  const [left] = await second.journal.load();
  expect(left).toMatchObject({ accepted: acceptedOf(broadcast), ...state, adopting: true });
  if (left) void second.adoptions.again(left);
  await second.journal.flush();
  const third = nextProcess(await leave());
  const [again] = await third.journal.load();
  expect(again).toEqual(left);
  const adopted = again && (await third.adoptions.again(again));
  expect(adopted).toMatchObject({ ...state, adopted: true });
  await third.journal.flush();
  const [own] = await nextProcess(silent).journal.load();
  expect(own).toMatchObject(state);
  expect([own?.adopting, own?.record.tracks.get('v360')?.timeline.segments.length]).toEqual([undefined, 3]);
});

it('one whose publisher comes while it is read was left when he did', async () => {
  const [bucket, answer] = [await leave(), Promise.withResolvers<void>()];
  const slow = { ...bucket, get: (key: string) => answer.promise.then(() => bucket.get(key)) };
  const { journal, adoptions } = nextProcess(slow);
  const again = adoptions.again({ accepted: acceptedOf(broadcast), savedMs: 1_000, complete: true });
  const resumed = adoptions.resume(acceptedOf(broadcast));
  answer.resolve();
  for (const adopted of [again, resumed]) {
    expect(await adopted).toMatchObject({ savedMs: 5_000, complete: false, adopted: true });
  }
  await journal.flush();
  expect(await journal.load()).toMatchObject([{ savedMs: 5_000, complete: false }]);
});

it('what turns out to be nothing is not taken up again', async () => {
  const { journal, adoptions } = nextProcess(createMemoryStore());
  expect(await adoptions.finish(acceptedOf(broadcast))).toBeNull();
  await journal.flush();
  expect(await journal.load()).toEqual([]);
});
