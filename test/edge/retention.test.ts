import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecord, type RecordEntry } from '#shared/model/record.ts';
import { importWireKey } from '#shared/wire/signature.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { FakeOrigin, wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { readMediaPlaylist } from '../support/oracles.ts';

const dayMs = 86_400_000;
let edge: Edge;
let origin: FakeOrigin;
let store: ObjectStore;

beforeAll(async () => {
  origin = await FakeOrigin.start();
  edge = await startEdge({ originUrl: origin.url });
  store = createWorkerStore({ url: edge.url(), key: await importWireKey(wireKeyId, wireSecret), now: Date.now });
});
afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
});

function addClip(broadcast: string, startMs: number, endMs: number): Promise<void> {
  return edge.sql(
    `INSERT INTO clips SELECT 'cl', id, channel, 'A clip', ?2, ?3, 0, 0, 'public', 1 FROM broadcasts WHERE id = ?1`,
    ...[broadcast, startMs, endMs],
  );
}

// biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
type Json = any;

async function api(method: string, path: string, body?: object): Promise<{ status: number; json: Json }> {
  const headers = { authorization: 'Bearer token-of-the-edge-tests' };
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(new URL(`/api/v1${path}`, edge.url()), init);
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

/** Ten segments of two seconds in two renditions, as lines of a record. */
function record(startMs: number): RecordEntry[] {
  const shape = { timescale: 1_000, targetDurationS: 2, partTargetS: 0.2 };
  const video = { kind: 'video', codec: 'avc1.64001f', width: 320, height: 180, frameRate: 30, bitrate: 1 } as const;
  const names = ['v180', 'v90'];
  const begun = names.map((name): RecordEntry => {
    const rendition = { ...video, name, passthrough: false };
    return { kind: 'track', run: 0, rendition, shape, start: { nextMsn: 0, discontinuitySequence: 0 } };
  });
  const segments = Array.from({ length: 20 }, (_, i): RecordEntry => {
    const msn = Math.floor(i / 2);
    const times = { startTicks: 10_000 + msn * 2_000, durationTicks: 2_000, programDateTimeMs: startMs + msn * 2_000 };
    const rest = { sizeBytes: 7, keyframeBytes: 3, discontinuity: false, initNumber: 0, gap: false };
    return { kind: 'segment', rendition: names[i % 2] ?? '', segment: { msn, ...times, ...rest } };
  });
  const bandwidths = { v180: 1_000, v90: 500 };
  const run = { number: 0, renditions: names, anchorMs: startMs, startMs: 0, bandwidths, captions: [] };
  return [...begun, { kind: 'run', ...run }, ...segments, { kind: 'end' }];
}

/** A finished broadcast with its objects in the bucket. */
async function finished(channel: string, id: string, endedMs: number): Promise<string> {
  const broadcast = `b_${id.padStart(20, '0')}`;
  const startMs = endedMs - 20_000;
  await edge.sql(
    `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms, ended_ms)
     VALUES (?1, ?2, 'sk', 'o-test', 'ended', ?3, ?4, ?4, ?4)`,
    ...[broadcast, channel, startMs, endedMs],
  );
  for (const name of ['v180', 'v90']) {
    const files = ['init-0.mp4', ...Array.from({ length: 10 }, (_, msn) => `${msn}.m4s`)];
    for (const file of files) await store.put(`b/${broadcast}/${name}/${file}`, [Buffer.from(`${name}/${file}`)]);
  }
  await store.put(`b/${broadcast}/thumbs-0.jpg`, [Buffer.from('picture')]);
  const lines = record(startMs).map((entry) => `${JSON.stringify(entry)}\n`);
  await store.put(`b/${broadcast}/record.ndjson.gz`, [gzipSync(lines.join(''))]);
  return broadcast;
}

async function objects(broadcast: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`b/${broadcast}/`)) keys.push(key.slice(`b/${broadcast}/`.length));
  return keys.sort();
}

/** What an origin sent before it heard of a deletion has arrived by now. */
const settle = () => edge.sql('UPDATE deletions SET created_ms = created_ms - 120000');
const stateOf = async (broadcast: string) =>
  (await api('GET', '/deletions?limit=100')).json.deletions.find((one: Json) => one.broadcast === broadcast)?.state;
const play = async (path: string, pop = 'fra') => {
  const response = await fetch(new URL(path, edge.url(pop)));
  return { status: response.status, text: await response.text() };
};

test('a policy deletes what is too old, lists it before, and leaves the rest alone', async () => {
  const channel = await edge.addChannel();
  expect((await api('PATCH', `/channels/${channel}`, { retention: { keep: 'days', days: 0 } })).status).toBe(400);
  const changed = await api('PATCH', `/channels/${channel}`, { retention: { keep: 'days', days: 30 } });
  expect(changed.json.retention).toEqual({ keep: 'days', days: 30 });
  const nowMs = Date.now();
  const old = await finished(channel, '1old', nowMs - 31 * dayMs);
  const young = await finished(channel, '1young', nowMs - 29 * dayMs);
  const { due } = (await api('GET', '/retention')).json;
  expect(due).toEqual([
    { broadcast: old, channel, why: 'keep_days', endedMs: nowMs - 31 * dayMs, sizeBytes: null, clips: 0 },
  ]);
  expect((await objects(old)).length).toBe(24);
  expect((await play(`/b/${old}/v90/3.m4s`)).status).toBe(200);
  const run = (await api('POST', '/retention')).json;
  expect(run).toMatchObject({ marked: 1, more: true, deletions: [{ broadcast: old, removedObjects: 24 }] });
  expect([await objects(old), (await objects(young)).length]).toEqual([[], 24]);
  await settle();
  expect((await api('POST', '/retention')).json).toMatchObject({ marked: 0, more: false });
  expect(await stateOf(old)).toBe('done');
  expect((await api('GET', `/broadcasts/${old}`)).json).toMatchObject({ state: 'ended', deletedWhy: 'keep_days' });
  expect((await play(`/b/${old}/index.m3u8`, 'sin')).status).toBe(410);
  expect((await play(`/b/${young}/index.m3u8`, 'sin')).status).toBe(200);
});

test('the newest few stay, whatever their age, and a channel whose newest replay is deleted shows the one before', async () => {
  const channel = await edge.addChannel();
  await api('PATCH', `/channels/${channel}`, { retention: { keep: 'last', count: 2 } });
  const nowMs = Date.now();
  const all: string[] = [];
  for (const [i, id] of ['2a', '2b', '2c', '2d'].entries()) {
    all.push(await finished(channel, id, nowMs - (100 - i) * dayMs));
  }
  const { due } = (await api('GET', '/retention')).json;
  expect(due.map(({ broadcast, why }: Json) => [broadcast, why])).toEqual(
    all.slice(0, 2).map((id) => [id, 'keep_last']),
  );
  await api('POST', '/retention');
  expect((await api('GET', `/channels/${channel}/replays`)).json.replays.map(({ id }: Json) => id)).toEqual(
    all.slice(2).reverse(),
  );
  const newest = all.at(-1) ?? '';
  expect((await api('DELETE', `/broadcasts/${newest}`)).status).toBe(202);
  expect((await api('GET', `/channels/${channel}`)).json.broadcast).toBe(all[2]);
});

test('what a clip needs stays and plays; it goes when the clip goes', async () => {
  const channel = await edge.addChannel();
  const endedMs = Date.now() - dayMs;
  const broadcast = await finished(channel, '3', endedMs);
  const startMs = endedMs - 20_000;
  const clip = { startMs: startMs + 8_500, endMs: startMs + 10_900 };
  await addClip(broadcast, clip.startMs, clip.endMs);
  expect((await api('DELETE', `/broadcasts/${broadcast}`)).json).toMatchObject({ state: 'running', clips: 1 });
  await settle();
  await api('POST', '/retention');
  expect(await stateOf(broadcast)).toBe('held');
  const media = (name: string) => ['init-0.mp4', '3.m4s', '4.m4s', '5.m4s'].map((file) => `${name}/${file}`);
  expect(await objects(broadcast)).toEqual(['record.ndjson.gz', ...media('v180'), ...media('v90')].sort());
  // The record names what is there and nothing else.
  const text = gunzipSync((await store.get(`b/${broadcast}/record.ndjson.gz`)) ?? Buffer.alloc(0)).toString();
  const { ended, tracks } = parseRecord(text);
  const left = [...tracks.values()].map(({ timeline }) =>
    timeline.segments.filter(({ gap }) => !gap).map(({ msn }) => msn),
  );
  expect([ended, left]).toEqual([
    true,
    [
      [3, 4, 5],
      [3, 4, 5],
    ],
  ]);
  const range = `start=${new Date(clip.startMs).toISOString()}&end=${new Date(clip.endMs).toISOString()}`;
  const slice = await play(`/b/${broadcast}/v90/index.m3u8?${range}`, 'nyc');
  expect(slice.status).toBe(200);
  const { segments, gaps } = readMediaPlaylist(slice.text);
  expect([segments.map((uri) => uri.replace(/\?.*/, '')), gaps]).toEqual([['4.m4s', '5.m4s'], []]);
  expect((await play(`/b/${broadcast}/v90/4.m4s`, 'nyc')).text).toBe('v90/4.m4s');
  // What went is a hole, which leads to the init segment beside it.
  expect((await play(`/b/${broadcast}/v90/0.m4s`, 'nyc')).text).toBe('v90/init-0.mp4');
  await api('POST', '/retention');
  expect((await objects(broadcast)).length).toBe(9);
  await edge.sql('DELETE FROM clips');
  await api('POST', '/retention');
  await api('POST', '/retention');
  expect([await stateOf(broadcast), await objects(broadcast)]).toEqual(['done', []]);
  expect((await play(`/b/${broadcast}/index.m3u8`, 'ams')).status).toBe(410);
});

test('without a record nobody knows what a clip needs: all of it stays', async () => {
  const channel = await edge.addChannel();
  const broadcast = await finished(channel, '4', Date.now() - dayMs);
  await store.remove([`b/${broadcast}/record.ndjson.gz`]);
  await addClip(broadcast, 0, 1);
  expect((await api('DELETE', `/broadcasts/${broadcast}`)).json).toMatchObject({ state: 'held', removedObjects: 0 });
  expect((await objects(broadcast)).length).toBe(23);
  await edge.sql('DELETE FROM clips');
});

test('a deletion that fails waits for its next turn, and the others go on', async () => {
  const channel = await edge.addChannel();
  const [broken, sound] = [await finished(channel, '4a', Date.now()), await finished(channel, '4b', Date.now())];
  await addClip(broken, 0, 1);
  await edge.putObject(`b/${broken}/record.ndjson.gz`, 'no gzip');
  expect((await api('DELETE', `/broadcasts/${broken}`)).status).toBe(500);
  await api('DELETE', `/broadcasts/${sound}`);
  await store.put(`b/${sound}/v90/99.m4s`, [Buffer.from('late')]);
  await edge.sql('UPDATE deletions SET updated_ms = (broadcast <> ?1) WHERE broadcast IN (?1, ?2)', broken, sound);
  const run = await api('POST', '/retention');
  expect(run).toMatchObject({ status: 200, json: { more: true } });
  const states = run.json.deletions.map(({ broadcast, state }: Json) => [broadcast, state]);
  expect(states.slice(0, 2)).toEqual([
    [broken, 'running'],
    [sound, 'running'],
  ]);
  expect([await objects(sound), (await objects(broken)).length]).toEqual([[], 24]);
  expect(edge.logs).toContain('deletion_failed');
  await edge.sql('DELETE FROM clips');
});

test('what arrives late from an origin is removed as well, and origins are told to forget', async () => {
  const channel = await edge.addChannel();
  const broadcast = await finished(channel, '5', Date.now() - dayMs);
  await api('DELETE', `/broadcasts/${broadcast}`);
  await store.put(`b/${broadcast}/v90/99.m4s`, [Buffer.from('late')]);
  await api('POST', '/retention');
  expect([await objects(broadcast), await stateOf(broadcast)]).toEqual([[], 'running']);
  await settle();
  await api('POST', '/retention');
  expect(await stateOf(broadcast)).toBe('done');
  expect((await api('DELETE', '/broadcasts/b_9zzzzzzzzzzzzzzzzzzz')).status).toBe(404);
  const { broadcast: live } = await edge.addBroadcast();
  expect((await api('DELETE', `/broadcasts/${live}`)).status).toBe(409);
});

test('a deleted channel leaves nothing behind, and orphans are found', async () => {
  const channel = await edge.addChannel();
  const broadcast = await finished(channel, '6', Date.now() - dayMs);
  expect((await api('DELETE', `/channels/${channel}`)).status).toBe(204);
  const orphans = async () => (await api('GET', '/orphans')).json.orphans;
  const prefixes = async () => (await orphans()).map(({ prefix }: Json) => prefix);
  expect(await prefixes()).not.toContain(`b/${broadcast}/`);
  await api('POST', '/retention');
  expect(await objects(broadcast)).toEqual([]);
  await store.put('b/b_7000000000000000000z/v90/1.m4s', [Buffer.from('nobody’s')]);
  expect(await orphans()).toContainEqual({
    ...{ prefix: 'b/b_7000000000000000000z/', why: 'unknown', objects: 1, sizeBytes: 10 },
  });
  const lost = await finished(await edge.addChannel(), '7', Date.now() - dayMs);
  await store.remove([`b/${lost}/record.ndjson.gz`]);
  const unrecorded = (await api('GET', '/orphans/unrecorded')).json;
  expect(unrecorded.broadcasts.map(({ id }: Json) => id)).toContain(lost);
});

test('the rules for the bucket itself name what goes on which day, and never what a clip is of', async () => {
  const channel = await edge.addChannel();
  await api('PATCH', `/channels/${channel}`, { retention: { keep: 'days', days: 10 } });
  const endedMs = Date.UTC(2026, 9, 1, 12);
  const [plain, clipped] = [await finished(channel, '8', endedMs), await finished(channel, '8c', endedMs)];
  const [soon, later] = [
    await finished(channel, '8d', Date.now() - 9 * dayMs),
    await finished(channel, '8e', Date.now()),
  ];
  await addClip(clipped, 0, 1);
  const { Rules } = (await api('GET', '/retention/lifecycle')).json;
  expect(Rules[0]).toEqual({
    ...{ ID: 'incomplete-uploads', Status: 'Enabled', Filter: { Prefix: 'b/' } },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  });
  expect(Rules).toContainEqual({
    ...{ ID: plain, Status: 'Enabled', Filter: { Prefix: `b/${plain}/` } },
    Expiration: { Date: '2026-10-12T00:00:00.000Z' },
  });
  expect(Rules[1]).toEqual({
    ...{ ID: 'live-parts', Status: 'Enabled', Filter: { Prefix: 'parts/' } },
    Expiration: { Days: 1 },
  });
  const named = JSON.stringify(Rules);
  expect(named).toContain(soon);
  for (const kept of [clipped, later]) expect(named).not.toContain(kept);
  await edge.sql('DELETE FROM clips');
});

test('a long listing is gone through page by page', async () => {
  const channel = await edge.addChannel();
  const broadcast = await finished(channel, '9', Date.now() - dayMs);
  await api('DELETE', `/broadcasts/${broadcast}`);
  const late = Array.from({ length: 1_050 }, (_, msn) => `b/${broadcast}/v90/${msn}.m4s`);
  while (late.length > 0) await Promise.all(late.splice(0, 50).map((key) => edge.putObject(key, 'x')));
  expect((await objects(broadcast)).length).toBe(1_050);
  await settle();
  const { deletions } = (await api('POST', '/retention')).json;
  expect(deletions.find((one: Json) => one.broadcast === broadcast)).toMatchObject({ removedObjects: 24 + 1_050 });
  expect(await objects(broadcast)).toEqual([]);
});

test('the replays of a channel say how far they are; pages see none of a signed one', async () => {
  const channel = await edge.addChannel();
  const [uploading, partial, silent] = await Promise.all(
    ['xa', 'xb', 'xc'].map((id, i) => finished(channel, id, Date.now() - i * 3_600_000)),
  );
  const status = (state: string, uploaded: number) =>
    JSON.stringify({ state, uploaded, sizeBytes: 280, durationMs: 20_000, gapMs: state === 'partial' ? 2_000 : 0 });
  await edge.sql('UPDATE broadcasts SET replay = ?2 WHERE id = ?1', uploading, status('uploading', 0.25));
  await edge.sql('UPDATE broadcasts SET replay = ?2 WHERE id = ?1', partial, status('partial', 1));
  const { replays } = (await api('GET', `/channels/${channel}/replays`)).json;
  expect(replays.map(({ id, state, uploaded }: Json) => [id, state, uploaded])).toEqual([
    ...[
      [silent, 'failed', 0],
      [partial, 'partial', 1],
      [uploading, 'uploading', 0.25],
    ],
  ]);
  expect(replays[1]).toMatchObject({ durationMs: 20_000, sizeBytes: 280, poster: `/b/${partial}/poster.jpg` });
  const watch = (query: string) => fetch(new URL(`/api/v1/watch/${channel}/replays${query}`, edge.url()));
  await api('PATCH', `/channels/${channel}`, { visibility: 'signed' });
  expect((await watch('')).status).toBe(401);
  expect((await api('GET', '/channels/nobody/replays')).status).toBe(404);
});

test('the cron carries it out', async () => {
  const channel = await edge.addChannel();
  await api('PATCH', `/channels/${channel}`, { retention: { keep: 'last', count: 0 } });
  const broadcast = await finished(channel, 'y', Date.now());
  await edge.runCron();
  expect(await objects(broadcast)).toEqual([]);
  expect(edge.logs).toContain('retention_run');
});

test('parts of the live edge belong to their broadcast, and go with it', async () => {
  const channel = await edge.addChannel();
  const broadcast = await finished(channel, 'parts', Date.now() - dayMs);
  const part = `parts/b/${broadcast}/v90/9.3.m4s`;
  await store.put(part, [Buffer.from('a part')]);
  const prefixes = async () => (await api('GET', '/orphans')).json.orphans.map(({ prefix }: Json) => prefix);
  expect((await prefixes()).filter((one: string) => one === '' || one.includes(broadcast))).toEqual([]);
  const { removedObjects } = (await api('DELETE', `/broadcasts/${broadcast}`)).json;
  expect([removedObjects, await store.get(part), await objects(broadcast)]).toEqual([25, null, []]);
});
