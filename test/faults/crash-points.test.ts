import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Journal, openJournal } from '../../origin/broadcast/journal.ts';
import { openDiskStore } from '../../origin/store/disk-store.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { acknowledgedBy, hashBytes, replayedFrom } from '../support/killed-origins.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast } from '../support/made-up-broadcast.ts';

/** Row 18 of the fault matrix: a process that ends between one step and the next, at each of them. */

const broadcast = 'b_0000000000abcdefghjk';
const renditions = ['v360', 'a1'];
/** Two init segments, then segments of two renditions in turn. */
const objects = 6;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const steps = ['before it is stored', 'before it is recorded', 'once it is recorded'] as const;
type Step = (typeof steps)[number];

/** A store and a journal that do nothing any more after one step of their work. */
function ending(spool: ObjectStore, journal: Journal, step: Step, at: number) {
  const crashed = Promise.withResolvers<void>();
  let isOver = false;
  let [puts, lines] = [0, 0];
  const end = () => {
    isOver = true;
    crashed.resolve();
    return new Promise<never>(() => {});
  };
  const put: ObjectStore['put'] = async (key, pieces) => {
    const mine = puts++;
    if (isOver || (step === 'before it is stored' && mine === at)) return end();
    await spool.put(key, pieces);
    if (isOver || (step === 'before it is recorded' && mine === at)) return end();
  };
  const append: Journal['append'] = (id, entry) => {
    if (isOver) return;
    journal.append(id, entry);
    if (step === 'once it is recorded' && entry.kind !== 'run' && lines++ === at) void end();
  };
  const save: Journal['save'] = (state) => isOver || journal.save(state);
  const read: Journal['read'] = (...place) => journal.read(...place);
  const { load, forget, flush, adopt, pack } = journal;
  const rest = { load, forget, flush, adopt, pack };
  return { store: { ...spool, put }, journal: { ...rest, put, append, save, read }, crashed: crashed.promise };
}

async function openHome() {
  const spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
  return { spool, journal: openJournal(join(folder, 'broadcasts'), silentLog) };
}

/** Takes objects; a name that comes again has the bytes that it had. */
function createStrictBucket(): ObjectStore {
  const bucket = createMemoryStore();
  const put: ObjectStore['put'] = async (key, pieces) => {
    const before = key.endsWith('.m4s') ? await bucket.get(key) : null;
    if (before) expect([key, hashBytes(Buffer.concat(pieces))]).toEqual([key, hashBytes(before)]);
    await bucket.put(key, pieces);
  };
  return { ...bucket, put };
}

const points = steps.flatMap((step) => Array.from({ length: objects }, (_, at) => [step, at] as const));

test.each(points)(
  'a process that ends %s, object %i: the next one lists what was recorded, whole, and nothing else',
  async (step, at) => {
    const target = createStrictBucket();
    const first = await openHome();
    const { store, journal, crashed } = ending(first.spool, first.journal, step, at);
    const before = new MadeUpBroadcast({ broadcast, store, journal });
    void before.play(objects);
    await crashed;
    await first.journal.flush();
    const known = await acknowledgedBy(folder, broadcast);
    const { spool, journal: next } = await openHome();
    const uploader = new Uploader({ spool, target, log: silentLog, random01: () => 0, now: Date.now });
    const restored = (await next.load()).find(({ accepted }) => accepted.broadcast === broadcast) ?? null;
    const upload = (key: string) => uploader.add(key);
    const after = new MadeUpBroadcast({ broadcast, store: spool, journal: next, restored, upload });
    await uploader.reconcile(`b/${broadcast}/`);
    await after.play(2);
    await next.flush();
    const all = await acknowledgedBy(folder, broadcast);
    await after.media.end();
    await uploader.drained(`b/${broadcast}/`);
    const { listed } = await replayedFrom(broadcast, target, renditions);
    expect([...known].filter(([path, sum]) => all.get(path) !== sum)).toEqual([]);
    expect([...listed].sort()).toEqual([...all].sort());
    expect(all.size).toBeGreaterThan(known.size);
  },
);
