import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSegmentList } from '#shared/wire/segment-list.ts';
import { importWireKey } from '#shared/wire/signature.ts';
import type { LiveWindow } from '../../origin/packager/window.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { FakeOrigin, wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { keepBroadcast, makeBroadcast } from '../support/finished-broadcast.ts';
import { readMediaPlaylist, readMpd, readMultivariant } from '../support/oracles.ts';
import { pollUntil } from '../support/poll.ts';

let edge: Edge;
let store: ObjectStore;
let origin: FakeOrigin;

beforeAll(async () => {
  origin = await FakeOrigin.start();
  edge = await startEdge({ originUrl: origin.url });
  store = createWorkerStore({ url: edge.url(), key: await importWireKey(wireKeyId, wireSecret), now: Date.now });
});

afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
});

async function get(pop: string, path: string) {
  const response = await fetch(new URL(path, edge.url(pop)));
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

const end = (broadcast: string) =>
  edge.sql("UPDATE broadcasts SET state = 'ended', ended_ms = ?2 WHERE id = ?1", broadcast, Date.now());

const textOf = (window: LiveWindow, name: string) => window.playlist(name, false)?.text;

test('a finished broadcast is served out of the bucket, in the words of its origin and without asking it', async () => {
  const live = makeBroadcast();
  const { broadcast, channel } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, true);
  await end(broadcast);
  const base = `/b/${broadcast}`;
  const text = async (path: string) => {
    const { status, body } = await get('sin', path);
    expect([path, status]).toEqual([path, 200]);
    return body.toString();
  };
  const multivariant = await text(`${base}/index.m3u8`);
  expect(multivariant).toBe(live.window.multivariant());
  expect(readMultivariant(multivariant)).toEqual(['v360/index.m3u8', 'a1/index.m3u8']);
  for (const name of ['v360', 'a1']) {
    const playlist = await text(`${base}/${name}/index.m3u8`);
    expect(playlist).toBe(textOf(live.window, name));
    const { segments, init } = readMediaPlaylist(playlist);
    for (const file of [init ?? '', ...segments]) {
      const { status, body } = await get('sin', `${base}/${name}/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(body.equals(live.stored.get(`${name}/${file}`) ?? Buffer.alloc(0))).toBe(true);
    }
  }
  const listed = readSegmentList(await text(`${base}/v360/segments.json`));
  expect(listed.segments).toEqual(readSegmentList(live.window.segmentList('v360') ?? '').segments);
  expect(listed.segments.map(({ msn, sizeBytes }) => [`${msn}.m4s`, sizeBytes])).toEqual(
    listed.segments.map(({ msn }) => [`${msn}.m4s`, live.stored.get(`v360/${msn}.m4s`)?.length]),
  );
  expect(await text(`${base}/v360/iframes.m3u8`)).toBe(live.window.iframePlaylist('v360'));
  const mpd = await text(`${base}/index.mpd`);
  expect(mpd).toContain('type="static"');
  expect(readMpd(mpd, 'http://x/').length).toBe(16);
  expect(mpd.replace(/publishTime="[^"]*"/, '')).toBe(live.window.mpd(0)?.replace(/publishTime="[^"]*"/, ''));
  expect(await text(`/live/${channel}/index.m3u8`)).toContain(`../../b/${broadcast}/v360/index.m3u8`);
  const range = await fetch(new URL(`${base}/v360/1.m4s`, edge.url('nyc')), { headers: { range: 'bytes=0-99' } });
  expect([range.status, (await range.arrayBuffer()).byteLength]).toEqual([206, 100]);
  expect((await get('sin', `${base}/v360/0.0.m4s`)).status).toBe(404);
  expect((await get('sin', `${base}/v360/99.m4s`)).status).toBe(404);
  expect(origin.seen.filter(({ target }) => target.includes(`${broadcast}/index`))).toEqual([]);
});

test('a record that is not whole yet does not hide what the origin still has', async () => {
  const live = makeBroadcast();
  const { broadcast } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, false);
  await end(broadcast);
  origin.put(`/b/${broadcast}/index.m3u8`, '#EXTM3U\n# from the origin\n');
  expect((await get('fra', `/b/${broadcast}/index.m3u8`)).body.toString()).toContain('from the origin');
  // What the origin does not have is there all the same.
  const { status, body } = await get('fra', `/b/${broadcast}/a1/index.m3u8`);
  expect([status, body.toString()]).toEqual([200, textOf(live.window, 'a1')]);
});

test('an origin that is cut off ends nothing: segments come from the bucket, manifests only once viewers are told that it is over', async () => {
  const live = makeBroadcast();
  // Nobody listens there.
  await edge.addOrigin('o-cut', 'http://127.0.0.1:9');
  const { broadcast } = await edge.addBroadcast('public', 'o-cut');
  await keepBroadcast(store, live, broadcast, false);
  const base = `/b/${broadcast}`;
  const statusOf = async (path: string) => (await get('fra', base + path)).status;
  expect([await statusOf('/v360/index.m3u8'), await statusOf('/index.mpd')]).toEqual([502, 502]);
  expect(await statusOf('/v360/1.m4s')).toBe(200);
  const from = readMediaPlaylist(textOf(live.window, 'v360') ?? '');
  const clip = await get('fra', `${base}/v360/index.m3u8?start=2&end=6`);
  expect([clip.status, readMediaPlaylist(clip.body.toString()).segments]).toEqual([200, from.segments.slice(1, 3)]);
  const isEnded = async () => readSegmentList((await get('fra', `${base}/v360/segments.json`)).body.toString()).ended;
  expect([await statusOf('/v360/iframes.m3u8'), await isEnded()]).toEqual([502, false]);
  // A slice whose end lies ahead is live.
  const ahead = 'start=2026-11-21T12:00:02Z&end=2099-01-01T00:00:00Z';
  for (const file of ['v360/index.m3u8', 'index.mpd']) expect(await statusOf(`/${file}?${ahead}`), file).toBe(502);
  // Its heartbeats have stopped: it is interrupted, and over when the reconnect window has passed too.
  for (const [silentMs, status] of [
    [20_000, 502],
    [10_000_000, 200],
  ] as const) {
    const seenMs = Date.now() - silentMs;
    await edge.sql('UPDATE broadcasts SET updated_ms = ?2 WHERE id = ?1', broadcast, seenMs);
    await edge.sql("UPDATE origins SET seen_ms = ?1 WHERE id = 'o-cut'", seenMs);
    await pollUntil(async () => (await statusOf('/v360/index.m3u8')) === status, `status ${status}`);
  }
  await pollUntil(async () => (await statusOf('/v360/iframes.m3u8')) === 200, 'the I-frame playlist');
  await pollUntil(isEnded, 'the list of segments to end');
  // Another shield, which remembers a failure of its own for a moment.
  await pollUntil(async () => (await statusOf('/index.mpd')) === 200, 'the MPD');
  expect((await get('fra', `${base}/index.mpd`)).body.toString()).toContain('type="static"');
});

test('what another origin has yet to read comes from the bucket while it finishes it, and ranges of it in any case', async () => {
  const live = makeBroadcast();
  const { broadcast } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, false);
  const base = `/b/${broadcast}`;
  const read = async (path: string) => {
    const { status, body } = await get('fra', base + path);
    return { status, text: body.toString() };
  };
  const lost = "UPDATE broadcasts SET lost_ms = ?2, lost_origin = 'o-dead' WHERE id = ?1";
  await edge.sql(lost, broadcast, Date.now() - 60_000);
  expect(await read('/v360/index.m3u8')).toEqual({ status: 200, text: textOf(live.window, 'v360') });
  expect(await read('/index.mpd')).toMatchObject({ status: 200, text: expect.stringContaining('type="static"') });
  const { segments } = readMediaPlaylist(textOf(live.window, 'a1') ?? '');
  await edge.sql('UPDATE broadcasts SET lost_ms = NULL, lost_origin = NULL WHERE id = ?1', broadcast);
  // A shield of its own, which looks the broadcast up anew. The origin has been asked each time, and does not have it.
  expect((await read('/a1/index.m3u8')).status).toBe(404);
  const clip = await read('/a1/index.m3u8?start=2&end=6');
  expect([clip.status, readMediaPlaylist(clip.text).segments]).toEqual([200, segments.slice(1, 3)]);
  for (const file of ['v360/index.m3u8', 'index.mpd', 'a1/index.m3u8']) {
    expect(origin.countPath(`${base}/${file}`)).toBeGreaterThan(0);
  }
});

test('a gap at the very end is left out, where players would wait, and none of what other renditions have', async () => {
  const live = makeBroadcast();
  const last = live.record.findLastIndex((entry) => entry.kind === 'segment' && entry.rendition === 'a1');
  const entry = live.record[last];
  if (entry?.kind !== 'segment') throw new Error('no segment');
  const { msn } = entry.segment;
  live.record[last] = { ...entry, segment: { ...entry.segment, gap: true } };
  const { broadcast } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, true);
  await end(broadcast);
  for (const [name, end] of [
    ['v360', msn],
    ['a1', msn - 1],
  ] as const) {
    const { segments, gaps } = readMediaPlaylist(
      (await get('fra', `/b/${broadcast}/${name}/index.m3u8`)).body.toString(),
    );
    expect([segments.at(-1), gaps]).toEqual([`${end}.m4s`, []]);
  }
});

test('a segment that the bucket has lost is 404 for whoever finds out, then a gap everywhere, and listed until it is back', async () => {
  const live = makeBroadcast();
  const { broadcast, channel } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, true);
  await end(broadcast);
  const path = `/b/${broadcast}/v360/2.m4s`;
  const gapsAt = async (pop: string) =>
    readMediaPlaylist((await get(pop, `/b/${broadcast}/v360/index.m3u8`)).body.toString()).gaps;
  expect(await gapsAt('fra')).not.toContain('2.m4s');
  await edge.removeObject(path.slice(1));
  const lost = await get('fra', path);
  expect([lost.status, lost.headers.get('cache-control')]).toEqual([404, 'public, max-age=1']);
  const asked = origin.countPath(path);
  expect(asked).toBeGreaterThan(0);
  // The playlist that a PoP holds is good for a target duration.
  await pollUntil(async () => (await gapsAt('fra')).includes('2.m4s'), 'the gap');
  expect(await gapsAt('sin')).toContain('2.m4s');
  const mpd = (await get('sin', `/b/${broadcast}/index.mpd`)).body.toString();
  expect(readMpd(mpd, 'http://x/').filter((url) => url.endsWith('/v360/2.m4s'))).toEqual([]);
  expect(readMpd(mpd, 'http://x/')).toHaveLength(15);
  // Who still has an old playlist costs the origin nothing, in no region.
  for (const pop of ['fra', 'sin']) expect((await get(pop, path)).status).toBe(404);
  expect(origin.countPath(path)).toBe(asked);
  const missing = async () => (await edge.person('GET', '/orphans/missing')).json;
  expect(await missing()).toEqual({
    segments: [{ broadcast, channel, rendition: 'v360', msn: 2, seenMs: expect.any(Number) }],
    looked: 1,
    next: null,
  });
  await store.put(path.slice(1), [live.stored.get('v360/2.m4s') ?? Buffer.alloc(0)]);
  expect((await missing()).segments).toEqual([]);
  expect((await missing()).looked).toBe(0);
});

test('in place of a segment that was lost while it was live its init segment is named, and it is not looked for', async () => {
  const live = makeBroadcast();
  const at = live.record.findIndex(
    (entry) => entry.kind === 'segment' && entry.rendition === 'v360' && entry.segment.msn === 2,
  );
  const entry = live.record[at];
  if (entry?.kind !== 'segment') throw new Error('no segment');
  live.record[at] = { ...entry, segment: { ...entry.segment, gap: true } };
  live.stored.delete('v360/2.m4s');
  const { broadcast } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, true);
  await end(broadcast);
  const path = `/b/${broadcast}/v360/2.m4s`;
  const { status, headers } = await fetch(new URL(path, edge.url('fra')), { redirect: 'manual' });
  expect([status, headers.get('location'), headers.get('cache-control'), headers.get('etag')]).toEqual([
    303,
    'init-0.mp4',
    'public, max-age=1',
    null,
  ]);
  const { body } = await get('sin', path);
  expect(body.equals(live.stored.get('v360/init-0.mp4') ?? Buffer.alloc(0))).toBe(true);
  expect((await edge.person('GET', '/orphans/missing')).json.segments).toEqual([]);
  expect(origin.countPath(path)).toBe(0);
});

test('a segment that no record names is not missing', async () => {
  const live = makeBroadcast();
  const { broadcast } = await edge.addBroadcast();
  await keepBroadcast(store, live, broadcast, true);
  await end(broadcast);
  expect((await get('fra', `/b/${broadcast}/v360/99.m4s`)).status).toBe(404);
  expect((await edge.person('GET', '/orphans/missing')).json.segments).toEqual([]);
});

test('the replay of an origin that was removed plays on, and what the bucket lacks is not there', async () => {
  const live = makeBroadcast();
  await edge.addOrigin('o-left', 'http://127.0.0.1:9');
  const { broadcast } = await edge.addBroadcast('public', 'o-left');
  await keepBroadcast(store, live, broadcast, true);
  await edge.sql("UPDATE origins SET seen_ms = 1 WHERE id = 'o-left'");
  expect((await edge.person('DELETE', '/origins/o-left')).json).toMatchObject({ reason: 'origin_holds_broadcasts' });
  await end(broadcast);
  expect((await edge.person('DELETE', '/origins/o-left')).status).toBe(204);
  const { status, body } = await get('fra', `/b/${broadcast}/v360/index.m3u8`);
  expect([status, body.toString()]).toEqual([200, textOf(live.window, 'v360')]);
  expect((await get('fra', `/b/${broadcast}/v360/1.m4s`)).status).toBe(200);
  expect((await get('fra', `/b/${broadcast}/v360/99.m4s`)).status).toBe(404);
  const lost = `b/${broadcast}/v360/2.m4s`;
  await edge.removeObject(lost);
  expect((await get('fra', `/${lost}`)).status).toBe(404);
  const missing = async () => (await edge.person('GET', '/orphans/missing')).json.segments;
  await pollUntil(async () => (await missing()).length === 1, 'the segment to be noted as missing');
  await store.put(lost, [live.stored.get('v360/2.m4s') ?? Buffer.alloc(0)]);
  expect(await missing()).toEqual([]);
});

test('what neither origin nor bucket has is not there', async () => {
  const { broadcast } = await edge.addBroadcast();
  await end(broadcast);
  expect((await get('fra', `/b/${broadcast}/index.m3u8`)).status).toBe(404);
});
