import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { adoptionLimits } from '#shared/limits/store.ts';
import { emptyRecord, foldRecord, parseRecord, type RecordEntry } from '#shared/model/record.ts';
import type { BroadcastReport, PublishAccepted, PublishAnswer } from '#shared/wire/control.ts';
import { Broadcasts } from '../../origin/broadcast/broadcasts.ts';
import type { ControlPlane } from '../../origin/broadcast/control-client.ts';
import { type Journal, type JournalEntry, openJournal } from '../../origin/broadcast/journal.ts';
import { originRefusals } from '../../origin/broadcast/refusals.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { type ObjectStore, StoreError } from '../../origin/store/object-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast, madeUpAnchorMs, sentAtOnce } from '../support/made-up-broadcast.ts';
import { pollUntil } from '../support/poll.ts';

// An hour in forty milliseconds.
vi.mock('#shared/limits/store.ts', async (original) => {
  const limits = await original<typeof import('#shared/limits/store.ts')>();
  return { ...limits, adoptionLimits: { ...limits.adoptionLimits, attemptsMax: 2, retryMs: 20 } };
});

const nowMs = 1_790_000_000_000;
const old = 'b_0000000000abcdefghjk';
const fresh = 'b_1111111111abcdefghjk';
const request = { session: 's1', streamKey: 'sk_x', ip: '127.0.0.1', encoder: 'test' };
const publisher = { session: 's1', close: () => {} };

function accepted(broadcast: string, resumed: boolean): PublishAnswer {
  return {
    accepted: true,
    channel: 'demo',
    broadcast,
    resumed,
    latency: 'low',
    reconnectWindowMs: 60_000,
    slate: false,
  };
}

function create(
  answers: (PublishAnswer | Promise<PublishAnswer>)[],
  kept: readonly JournalEntry[] = [],
  bucket: ObjectStore | null = null,
  role: 'active' | 'standby' = 'active',
  uploader: Uploader | null = null,
) {
  const forgotten: string[] = [];
  const lines: RecordEntry[] = [];
  const journal: Journal = {
    save: () => {},
    append: (_, entry) => lines.push(entry),
    adopt: (_, entries) => lines.push(...entries),
    pack: async (_, toBytes) => ({ fromBytes: toBytes, toBytes }),
    read: async () => Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    forget: (broadcast) => forgotten.push(broadcast),
    load: async () => [...kept],
    flush: async () => {},
  };
  const reports: BroadcastReport[] = [];
  const control: ControlPlane = {
    publish: async () => {
      const answer = answers.shift();
      if (!answer) throw new Error('down');
      return answer;
    },
    report: async (report) => void reports.push(report),
    replay: async () => {},
    heartbeat: async () => ({ end: [], forget: [] }),
    lease: async () => ({ role, epoch: 1, standbys: 0, leftMs: 4_000 }),
  };
  const store = createMemoryStore();
  const broadcasts = new Broadcasts({
    originId: 'o1',
    ffmpegPath: 'ffmpeg',
    ladder: defaultLadderWish,
    slateImage: '/none.png',
    capacity: () => ({ pixelsPerSecond: 1e8, inUse: 0 }),
    sinkUrl: () => '',
    control,
    journal,
    store,
    dvrWindowS: 7_200,
    bucket,
    uploader,
    liveParts: null,
    onLeaseLapsed: () => {},
    log: silentLog,
    now: () => nowMs,
  });
  return { broadcasts, reports, forgotten, store, lines: () => lines };
}

describe('deciding on a publisher', () => {
  it('ends a broadcast that was lost with the process before, and takes a new one', async () => {
    const { broadcasts, reports } = create([accepted(old, true), accepted(fresh, false)]);
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(reports[0]).toMatchObject({ broadcast: old, state: 'ended' });
    expect(broadcasts.running).toEqual([fresh]);
    expect(broadcasts.find(old)).toBeNull();
    await broadcasts.close('over', 100);
  });

  it('continues a broadcast that is here', async () => {
    const { broadcasts, reports } = create([accepted(fresh, false), accepted(fresh, true)]);
    await broadcasts.decide(request, publisher);
    expect(await broadcasts.decide({ ...request, session: 's2' }, { ...publisher, session: 's2' })).toMatchObject({
      accept: true,
    });
    expect(reports.every((report) => report.broadcast === fresh && report.state !== 'ended')).toBe(true);
    await broadcasts.close('over', 100);
  });

  it('sends what the bucket took from others only until the control plane said whose it is', async () => {
    const [spool, target] = [createMemoryStore(), createMemoryStore()];
    let isOurs = false;
    const put: ObjectStore['put'] = async (key, pieces) => {
      if (!isOurs) throw new StoreError('store_not_ours', 'of another origin');
      await target.put(key, pieces);
    };
    const uploader = new Uploader({
      spool,
      target: { ...target, put },
      log: silentLog,
      random01: () => 0,
      now: Date.now,
    });
    const { broadcasts } = create([accepted(fresh, false), accepted(fresh, true)], [], null, 'active', uploader);
    await broadcasts.decide(request, publisher);
    const key = `b/${fresh}/v720/0.m4s`;
    await spool.put(key, [Buffer.from('x')]);
    uploader.add(key);
    await pollUntil(() => uploader.isLeftOut(key), 'the broadcast to be left out');
    isOurs = true;
    await broadcasts.decide({ ...request, session: 's2' }, { ...publisher, session: 's2' });
    await pollUntil(async () => (await target.get(key)) !== null, 'what was left out to be in the bucket');
    await broadcasts.close('over', 100);
    uploader.stop();
  });

  it('refuses encoders that keep taking over from each other, and not one that comes back', async () => {
    const { broadcasts } = create(Array.from({ length: 6 }, (_, i) => accepted(fresh, i > 0)));
    const decisions = [];
    for (let i = 0; i < 5; i++) {
      decisions.push(await broadcasts.decide({ ...request, session: `s${i}` }, { ...publisher, session: `s${i}` }));
    }
    expect(decisions.map((decision) => decision.accept)).toEqual([true, true, true, true, false]);
    expect(decisions[4]).toMatchObject({ code: 'takeover_flapping' });
    if (decisions[3]?.accept) decisions[3].sink.end('closed');
    expect(await broadcasts.decide({ ...request, session: 's6' }, { ...publisher, session: 's6' })).toMatchObject({
      accept: true,
    });
    await broadcasts.close('over', 100);
  });

  it('lets no more of them wait for other origins than it may have broadcasts', async () => {
    const waits = (channel: string): PublishAnswer => ({
      ...{ accepted: false, code: 'broadcast_elsewhere', sentence: 'Elsewhere.' },
      standby: { channel, broadcast: old },
    });
    const answers = Array.from({ length: broadcastLimits.broadcastsMax + 1 }, (_, i) => waits(`demo-${i}`));
    const { broadcasts } = create([...answers], [], null, 'standby');
    const decisions = [];
    for (const _ of answers) decisions.push(await broadcasts.decide(request, publisher));
    expect(decisions.filter(({ accept }) => accept)).toHaveLength(broadcastLimits.broadcastsMax);
    expect(decisions.at(-1)).toMatchObject({ code: 'origin_full' });
    for (const decision of decisions) if (decision.accept) decision.sink.end('closed');
    await broadcasts.close('over', 100);
  });

  const idOf = (n: number) => `b_${String(n).padStart(20, '0')}`;

  it('is full of broadcasts that run, and not of those that were over without any media', async () => {
    const count = broadcastLimits.broadcastsMax;
    const brief = (n: number): PublishAnswer => {
      return { ...(accepted(idOf(n), false) as PublishAccepted), reconnectWindowMs: 0 };
    };
    const { broadcasts } = create(Array.from({ length: count + 2 }, (_, n) => brief(n)));
    const sinks = [];
    for (let n = 0; n < count; n++) {
      const decision = await broadcasts.decide(request, publisher);
      if (decision.accept) sinks.push(decision.sink);
    }
    expect(sinks).toHaveLength(count);
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ code: 'origin_full' });
    for (const sink of sinks) sink.end('closed');
    await pollUntil(() => broadcasts.running.length === 0, 'them to be over', 5_000);
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    await pollUntil(() => broadcasts.find(idOf(count - 1)) === 'gone', 'them to be forgotten', 5_000);
    await broadcasts.close('over', 100);
  });

  it('serves no more broadcasts that are over than so many', async () => {
    const bytes = await (await leave()).get(`b/${old}/record.ndjson.gz`);
    const record = parseRecord(gunzipSync(bytes ?? '').toString());
    const ids = Array.from({ length: broadcastLimits.lingeringMax + 2 }, (_, n) => idOf(n));
    const kept = ids.map((id) => {
      const state = { accepted: accepted(id, false) as PublishAccepted, savedMs: nowMs - 61_000, complete: true };
      return { ...state, record };
    });
    const { broadcasts } = create([], kept);
    await broadcasts.restore();
    const served = () => ids.filter((id) => typeof broadcasts.find(id) === 'object');
    await pollUntil(() => served().length < ids.length - 1, 'the oldest to be forgotten', 5_000);
    expect([served(), broadcasts.running]).toEqual([ids.slice(2), []]);
    await broadcasts.close('over', 100);
  });

  it('says so when the control plane is down', async () => {
    const { broadcasts } = create([]);
    const decision = await broadcasts.decide(request, publisher);
    expect(decision).toMatchObject({ accept: false, code: 'control_unreachable' });
  });
});

it('the reference page has every refusal with its sentence', () => {
  const page = readFileSync(new URL('../../docs/protocol/errors.md', import.meta.url), 'utf8');
  for (const [code, sentence] of Object.entries(originRefusals))
    expect(page).toContain(`| \`${code}\` | ${sentence} |`);
});

/** What a dead origin left: three segments, and no end. */
async function leave(): Promise<ObjectStore> {
  const bucket = createMemoryStore();
  const folder = await mkdtemp(join(tmpdir(), 'headwater-left-'));
  const journal = openJournal(folder, silentLog);
  const made = { broadcast: old, store: bucket, journal, sending: sentAtOnce, now: () => madeUpAnchorMs };
  await new MadeUpBroadcast(made).play(3);
  const key = `b/${old}/record.ndjson.gz`;
  await pollUntil(async () => (await bucket.get(key)) !== null, 'the record', 5_000);
  await journal.flush();
  await rm(folder, { recursive: true });
  return bucket;
}

describe('a process that comes after another', () => {
  const entry = (broadcast: string, savedMs: number): JournalEntry => ({
    accepted: accepted(broadcast, false) as JournalEntry['accepted'],
    savedMs,
    complete: true,
    record: emptyRecord,
  });

  it('takes up what waits for its publisher and ends what has waited too long', async () => {
    const { broadcasts, reports, forgotten } = create(
      [accepted(fresh, true)],
      [entry(fresh, nowMs - 5_000), entry(old, nowMs - 61_000)],
    );
    await broadcasts.restore();
    expect(broadcasts.running).toEqual([fresh]);
    await pollUntil(() => forgotten.includes(old), 'the old one to be forgotten', 2_000);
    expect(reports.at(-1)).toMatchObject({ broadcast: old, state: 'ended' });
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(reports.filter((report) => report.state === 'ended').map((report) => report.broadcast)).toEqual([old]);
    await broadcasts.close('over', 100);
    expect(forgotten).toEqual([old]);
    expect(reports.at(-1)).toMatchObject({ broadcast: fresh, state: 'interrupted' });
  });

  it.each([
    ['there is nothing of', { complete: false }],
    ['cannot be read of', { unread: true }],
  ] as const)('does not begin again at the first number where the record that %s a broadcast', async (_, state) => {
    const left = { ...entry(old, nowMs - 5_000), ...state };
    const { broadcasts, lines } = create([], [left], await leave());
    await broadcasts.restore();
    await pollUntil(() => broadcasts.running.includes(old), 'it to be read from the bucket', 5_000);
    expect(foldRecord(lines()).tracks.get('v360')?.timeline.nextMsn).toBeGreaterThanOrEqual(3);
    await broadcasts.close('over', 100);
    const alone = create([], [left]);
    await alone.broadcasts.restore();
    await pollUntil(() => alone.reports.length > 0, 'it to be told to be over', 5_000);
    expect([alone.reports[0], alone.broadcasts.running]).toMatchObject([{ broadcast: old, state: 'ended' }, []]);
    await alone.broadcasts.close('over', 100);
  });
});

describe('what a dead origin left in the bucket', () => {
  it('goes on where its publisher comes to this one', async () => {
    const { broadcasts, reports, lines } = create([accepted(old, true)], [], await leave());
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(broadcasts.running).toEqual([old]);
    const numbers = /#EXTINF[^\n]*\n(\d+)\.m4s/g;
    const window = broadcasts.find(old);
    const text = window && typeof window !== 'string' ? (window.playlist('v360', false)?.text ?? '') : '';
    expect([...text.matchAll(numbers)].slice(0, 3).map(([, msn]) => msn)).toEqual(['0', '1', '2']);
    expect(lines().filter(({ kind }) => kind === 'segment').length).toBeGreaterThanOrEqual(6);
    expect(reports.every(({ state }) => state !== 'ended')).toBe(true);
    await broadcasts.close('over', 100);
  });

  it('goes on with a publisher that waited here for its turn, and again after another origin had it meanwhile', async () => {
    const waits: PublishAnswer = {
      ...{ accepted: false, code: 'broadcast_elsewhere', sentence: 'Elsewhere.' },
      standby: { channel: 'demo', broadcast: old },
    };
    const { broadcasts } = create([waits, accepted(old, true), waits, accepted(old, true)], [], await leave());
    for (const session of ['s1', 's2']) {
      const closed: string[] = [];
      const waiting = { session, close: (sentence: string) => closed.push(sentence) };
      expect(await broadcasts.decide({ ...request, session }, waiting)).toMatchObject({ accept: true });
      await pollUntil(() => broadcasts.running.includes(old), 'its turn', 5_000);
      broadcasts.leave([old], 'Another origin has taken over.');
      expect(closed).toEqual(['Another origin has taken over.']);
      expect(broadcasts.find(old)).toBe('gone');
    }
    await broadcasts.close('over', 100);
  });

  it('says that it comes soon before it has heard that it is its turn: PoPs may know it from the catalogue', async () => {
    const granted = Promise.withResolvers<PublishAnswer>();
    const { broadcasts } = create([granted.promise], [], await leave());
    expect(broadcasts.find(old)).toBeNull();
    const decided = broadcasts.decide(request, publisher);
    expect(broadcasts.find(old)).toBe('soon');
    granted.resolve(accepted(old, true));
    await decided;
    expect([typeof broadcasts.find(old), broadcasts.find(fresh)]).toEqual(['object', null]);
    await broadcasts.close('over', 100);
  });

  /** A bucket that fails so many times when it is asked for the record. */
  function failing(bucket: ObjectStore, times: number): ObjectStore {
    let left = times;
    const get = async (key: string) => {
      if (key.endsWith('record.ndjson.gz') && left-- > 0) throw new StoreError('store_failed', 'not now');
      return bucket.get(key);
    };
    return { ...bucket, get };
  }

  it('goes on although the bucket fails at first: a publisher that waits is not sent to another broadcast at once', async () => {
    const { broadcasts, reports } = create([accepted(old, true)], [], failing(await leave(), 1));
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(broadcasts.running).toEqual([old]);
    expect(reports.every(({ state }) => state !== 'ended')).toBe(true);
    await broadcasts.close('over', 100);
  });

  it('becomes a replay later where the bucket fails for longer, and its publisher goes on with another broadcast', async () => {
    const bucket = failing(await leave(), adoptionLimits.resumeAttemptsMax);
    const { broadcasts, reports, store, forgotten } = create([accepted(old, true), accepted(fresh, false)], [], bucket);
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(broadcasts.running).toEqual([fresh]);
    expect(reports[0]).toMatchObject({ broadcast: old, state: 'ended' });
    await pollUntil(() => forgotten.includes(old), 'the record to be whole', 5_000);
    const record = parseRecord(gunzipSync((await store.get(`b/${old}/record.ndjson.gz`)) ?? '').toString());
    expect([record.ended, record.tracks.get('v360')?.timeline.segments.map(({ gap }) => gap)]).toEqual([
      true,
      [false, false, false],
    ]);
    await broadcasts.close('over', 100);
  });

  it('is told to be over where the bucket fails for an hour, and becomes a replay all the same once it does not', async () => {
    const left = await leave();
    let isAway = true;
    const bucket = { ...left, get: (key: string) => (isAway ? failing(left, 1) : left).get(key) };
    const { broadcasts, reports, store, forgotten } = create([], [], bucket);
    broadcasts.finish([accepted(old, true) as PublishAccepted]);
    await pollUntil(() => reports.length > 0, 'it to be told to be over', 5_000);
    expect([reports[0], forgotten, broadcasts.held]).toMatchObject([{ broadcast: old, state: 'ended' }, [], [old]]);
    isAway = false;
    await pollUntil(() => forgotten.includes(old), 'the record to be whole', 5_000);
    const record = parseRecord(gunzipSync((await store.get(`b/${old}/record.ndjson.gz`)) ?? '').toString());
    expect([record.ended, record.tracks.get('v360')?.timeline.segments.length]).toEqual([true, 3]);
    await broadcasts.close('over', 100);
  });

  it('goes on where its publisher comes to the one that reads it to end it', async () => {
    const [left, answer] = [await leave(), Promise.withResolvers<void>()];
    const slow = { ...left, get: (key: string) => answer.promise.then(() => left.get(key)) };
    const { broadcasts, reports } = create([accepted(old, true)], [], slow);
    broadcasts.finish([accepted(old, true) as PublishAccepted]);
    const decided = broadcasts.decide(request, publisher);
    await pollUntil(() => broadcasts.find(old) === 'soon', 'its publisher to be asked for', 5_000);
    answer.resolve();
    expect(await decided).toMatchObject({ accept: true });
    expect([broadcasts.running, reports.filter(({ state }) => state === 'ended')]).toEqual([[old], []]);
    await broadcasts.close('over', 100);
  });

  it('leaves nothing behind where it was deleted while it was read', async () => {
    const [left, answer] = [await leave(), Promise.withResolvers<void>()];
    const slow = { ...left, get: (key: string) => answer.promise.then(() => left.get(key)) };
    const { broadcasts, lines, forgotten } = create([], [], slow);
    broadcasts.finish([accepted(old, true) as PublishAccepted]);
    broadcasts.forget([old]);
    answer.resolve();
    await pollUntil(() => lines().length > 0 && forgotten.length === 2, 'what was read to be forgotten', 5_000);
    expect([forgotten, broadcasts.running]).toEqual([[old, old], []]);
    await broadcasts.close('over', 100);
  });

  it('does not keep its publisher waiting for a bucket that stalls, and becomes a replay once that answers', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bucket = await leave();
    const stalled = { ...bucket, get: (key: string) => promise.then(() => bucket.get(key)) };
    const { broadcasts, reports, forgotten } = create([accepted(old, true), accepted(fresh, false)], [], stalled);
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(broadcasts.running).toEqual([fresh]);
    expect(broadcasts.held).toContain(old);
    resolve();
    await pollUntil(() => forgotten.includes(old), 'the record to be whole', 5_000);
    expect(reports.filter(({ broadcast, state }) => broadcast === old && state !== 'ended')).toEqual([]);
    await broadcasts.close('over', 100);
  });

  it('goes on however long reading it takes, as long as the bucket gives something', async () => {
    const bucket = await leave();
    async function* list(prefix: string) {
      for await (const object of bucket.list(prefix)) {
        await new Promise((resolve) => setTimeout(resolve, adoptionLimits.resumeMsMax / 3));
        yield object;
      }
    }
    const { broadcasts, reports } = create([accepted(old, true)], [], { ...bucket, list });
    const startMs = performance.now();
    expect(await broadcasts.decide(request, publisher)).toMatchObject({ accept: true });
    expect(performance.now() - startMs).toBeGreaterThan(adoptionLimits.resumeMsMax);
    expect(broadcasts.running).toEqual([old]);
    expect(reports.every(({ state }) => state !== 'ended')).toBe(true);
    await broadcasts.close('over', 100);
  });

  it('is ended in order where nobody publishes it any more', async () => {
    const { broadcasts, reports, store, forgotten } = create([], [], await leave());
    broadcasts.finish([accepted(old, true) as PublishAccepted]);
    expect(broadcasts.held).toEqual([old]);
    await pollUntil(() => forgotten.includes(old), 'the record to be whole', 5_000);
    expect(reports.at(-1)).toMatchObject({ broadcast: old, state: 'ended' });
    expect(await store.get(`b/${old}/record.ndjson.gz`)).not.toBeNull();
    await broadcasts.close('over', 100);
  });

  it('is read again by a process that comes after one that was killed over it, and ended or given its publisher', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bucket = await leave();
    const stalled = { ...bucket, get: (key: string) => promise.then(() => bucket.get(key)) };
    const begun = { accepted: accepted(old, true) as PublishAccepted, record: emptyRecord, adopting: true };
    const over = create([], [{ ...begun, savedMs: 0, complete: true }], stalled);
    const waiting = create([accepted(old, true)], [{ ...begun, savedMs: Date.now(), complete: false }], stalled);
    for (const { broadcasts } of [over, waiting]) await broadcasts.restore();
    expect([over.broadcasts.held, waiting.broadcasts.held]).toEqual([[old], [old]]);
    expect([over.broadcasts.running, over.broadcasts.find(old), waiting.broadcasts.find(old)]).toEqual([
      [],
      null,
      'soon',
    ]);
    const decided = waiting.broadcasts.decide(request, publisher);
    resolve();
    expect(await decided).toMatchObject({ accept: true });
    expect(waiting.broadcasts.running).toEqual([old]);
    await pollUntil(() => over.forgotten.includes(old), 'the record to be whole', 5_000);
    expect(over.reports.at(-1)).toMatchObject({ broadcast: old, state: 'ended' });
    expect(waiting.reports.filter(({ state }) => state === 'ended')).toEqual([]);
    for (const { broadcasts } of [over, waiting]) await broadcasts.close('over', 100);
  });

  it('is told to be over where the bucket has nothing of it', async () => {
    const { broadcasts, reports } = create([], [], createMemoryStore());
    broadcasts.finish([accepted(old, true) as PublishAccepted]);
    await pollUntil(() => reports.length > 0, 'a report', 2_000);
    expect(reports).toMatchObject([{ broadcast: old, state: 'ended' }]);
  });

  it('of this origin, and taken over by another meanwhile: nothing of it is written or sent any more', async () => {
    const { broadcasts, lines, forgotten, store } = create([accepted(fresh, false)]);
    await broadcasts.decide(request, publisher);
    broadcasts.leave([fresh], 'Another origin has taken over.');
    await pollUntil(() => forgotten.includes(fresh), 'it to be forgotten', 2_000);
    expect([broadcasts.running, broadcasts.find(fresh), lines()]).toEqual([[], 'gone', []]);
    expect(await store.get(`b/${fresh}/record.ndjson.gz`)).toBeNull();
    await broadcasts.close('over', 100);
  });
});

it('what was deleted leaves the store and is not served any more; what runs stays', async () => {
  const { broadcasts, store, forgotten } = create([accepted(fresh, false)]);
  for (const id of [old, fresh]) await store.put(`b/${id}/v720/0.m4s`, [Buffer.from('media')]);
  await broadcasts.decide(request, publisher);
  broadcasts.forget([old, fresh]);
  await pollUntil(async () => (await store.get(`b/${old}/v720/0.m4s`)) === null, 'the media to be gone', 2_000);
  expect([broadcasts.find(old), forgotten]).toEqual(['gone', [old]]);
  expect(await store.get(`b/${fresh}/v720/0.m4s`)).not.toBeNull();
  broadcasts.end([fresh], 'over');
  await pollUntil(() => broadcasts.running.length === 0, 'the end', 2_000);
  broadcasts.forget([fresh]);
  await pollUntil(async () => (await store.get(`b/${fresh}/v720/0.m4s`)) === null, 'the media to be gone', 2_000);
  await broadcasts.close('over', 100);
});
