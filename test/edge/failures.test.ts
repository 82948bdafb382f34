import { afterAll, beforeAll, expect, test } from 'vitest';
import { problem } from '#shared/model/problem.ts';
import { signatureHeader } from '#shared/wire/signature.ts';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { FakeOrigin, playlistText } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';
import { startRedirecting } from '../support/redirecting-server.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const codeOf = (text: string): unknown => JSON.parse(text).code;

test.concurrent('an origin that hangs costs its viewers a bounded wait, and nothing afterwards', {
  timeout: 30_000,
}, async () => {
  const { broadcast } = await stage.edge.addBroadcast();
  const paths = ['v720/12.m4s', 'v720/index.m3u8', 'index.m3u8'].map((file) => `/b/${broadcast}/${file}`);
  const holds = paths.map((path) => stage.origin.hold(path));
  const startedMs = performance.now();
  const replies = await Promise.all(paths.flatMap((path) => stage.crowd(10, path)));
  expect(performance.now() - startedMs).toBeLessThan(12_000);
  expect(distinct(replies.map(({ status, text }) => `${status} ${codeOf(text)}`))).toEqual(['504 upstream_timeout']);
  expect(replies[0]?.headers['access-control-allow-origin']).toBe('*');
  // The segment was asked for a second time beside the first; what the origin may hold never is.
  expect(paths.map((path) => stage.origin.countPath(path))).toEqual([2, 1, 1]);
  await pollUntil(() => holds.every(({ waiting }) => waiting === 0), 'the origin to be let go');
  stage.origin.put(paths[0] ?? '', 'media');
  stage.origin.putPlaylist(paths[1] ?? '', {});
  stage.origin.put(paths[2] ?? '', '#EXTM3U');
  for (const path of paths) expect((await stage.get(path)).status).toBe(200);
});

test.concurrent('while the origin is away playlists are served stale, then the truth; a new address is found at once', {
  timeout: 30_000,
}, async () => {
  const first = await FakeOrigin.start();
  await stage.edge.addOrigin('o-moving', first.url);
  const { broadcast } = await stage.edge.addBroadcast('public', 'o-moving');
  const path = `/b/${broadcast}/v720/index.m3u8`;
  first.putPlaylist(path, {});
  expect((await stage.get(path)).status).toBe(200);
  await first.stop();
  await pollUntil(async () => {
    const stale = await stage.get(path);
    expect([stale.status, stale.text]).toEqual([200, playlistText({})]);
    return Number(stale.headers.age) >= 2; // ten times what is fresh
  }, 'a stale playlist');
  const noted = async () => {
    const [row] = await stage.edge.rows('SELECT edge_stale_ms FROM broadcasts WHERE id = ?1', broadcast);
    return row?.edge_stale_ms ?? null;
  };
  expect(await noted()).toBeNull();
  await pollUntil(async () => {
    await stage.get(path);
    return (await noted()) !== null;
  }, 'a note that viewers get old playlists');
  const missing = await stage.get(`/b/${broadcast}/v720/12.m4s`);
  expect([missing.status, codeOf(missing.text)]).toEqual([502, 'upstream_failed']);
  await pollUntil(async () => (await stage.get(path)).status === 502, 'the end of what may be served stale');
  const second = await FakeOrigin.start();
  second.putPlaylist(path, { part: 4 });
  await stage.edge.sql('UPDATE origins SET url = ?1 WHERE id = ?2', second.url, 'o-moving');
  await pollUntil(async () => (await stage.get(path)).text === playlistText({ part: 4 }), 'the new address', 3_000);
  await second.stop();
});

test('a 5xx is tried once more, repeated for a moment, and over when the origin is well again', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.fail(path, 500);
  const replies = await Promise.all(stage.crowd(20, path));
  expect(distinct(replies.map(({ status, text }) => `${status} ${codeOf(text)}`))).toEqual(['502 upstream_failed']);
  expect(stage.origin.countPath(path)).toBe(2);
  stage.origin.put(path, 'media');
  await pollUntil(async () => (await stage.get(path)).text === 'media', 'the recovery');
  expect(stage.origin.countPath(path)).toBe(3);
});

test('one bad answer is not seen by viewers at all', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.on(path, (_, response) => {
    response.writeHead(500).end();
    stage.origin.put(path, 'media');
  });
  expect((await stage.get(path)).text).toBe('media');
});

test.each(['replayed', 'forgotten'])(
  'a signature that is %s is made anew, and the origin is not held to be ill',
  async (reason) => {
    const path = await stage.newObject('v720/12.m4s');
    stage.origin.on(path, (_, response) => {
      response.writeHead(401).end(JSON.stringify({ ...problem('unauthorized', ''), reason }));
      stage.origin.put(path, 'media');
    });
    const before = stage.origin.refused;
    expect((await stage.get(path)).text).toBe('media');
    const signatures = stage.origin.seen.filter(({ target }) => target === path).map(({ headers }) => headers);
    expect(distinct(signatures.map((headers) => String(headers[signatureHeader]))).length).toBe(2);
    expect(stage.origin.refused).toBe(before);
  },
);

test('a signature that does not hold is not tried again', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const refusal = JSON.stringify({ ...problem('unauthorized', ''), reason: 'clock_skew' });
  stage.origin.fail(path, 401, refusal);
  expect((await stage.get(path)).status).toBe(502);
  expect(stage.origin.countPath(path)).toBe(1);
});

test('a body that breaks off is no object', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.on(path, (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
    stage.origin.put(path, 'media');
  });
  expect((await stage.get(path)).text).toBe('media');
});

test('a body without end is cut off', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.on(path, (_, response) => {
    response.writeHead(200, { 'content-length': String(64 * 1024 * 1024) });
    response.on('error', () => {});
    response.flushHeaders();
  });
  expect((await stage.get(path)).status).toBe(502);
});

test('a slow segment is asked for once more, and the quicker answer counts', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const first = stage.origin.hold(path);
  const viewers = stage.crowd(10, path);
  await pollUntil(() => first.waiting === 1, 'the first request');
  stage.origin.put(path, 'media');
  expect(distinct((await Promise.all(viewers)).map(({ text }) => text))).toEqual(['media']);
  expect(stage.origin.countPath(path)).toBe(2);
  await pollUntil(() => first.waiting === 0, 'the first request to be called off');
});

test('an origin that only fails is left alone for a moment, then asked again', async () => {
  const bad = await FakeOrigin.start();
  await stage.edge.addOrigin('o-bad', bad.url);
  const { broadcast } = await stage.edge.addBroadcast('public', 'o-bad');
  const paths = Array.from({ length: 20 }, (_, msn) => `/b/${broadcast}/v720/${msn}.m4s`);
  for (const path of paths) bad.fail(path, 500);
  for (const path of paths) expect((await stage.get(path)).status).toBe(502);
  expect(bad.seen.length).toBeLessThan(paths.length);
  for (const path of paths) bad.put(path, 'media');
  await pollUntil(async () => (await stage.get(paths[0] ?? '')).text === 'media', 'the recovery', 5_000);
  await bad.stop();
});

test('"not found" is remembered for less than a second (rules 19, 41)', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const replies = await Promise.all(stage.crowd(20, path));
  expect(distinct(replies.map(({ status }) => status))).toEqual([404]);
  expect(replies[0]?.headers).toMatchObject({
    'cache-control': 'public, max-age=1',
    'access-control-allow-origin': '*',
  });
  expect(stage.origin.countPath(path)).toBe(1);
  stage.origin.put(path, 'media');
  const startedMs = performance.now();
  await pollUntil(async () => (await stage.get(path)).status === 200, 'the segment');
  expect(performance.now() - startedMs).toBeLessThan(1_500);
});

test('a broadcast that is gone is 410, one that never was is 404 without asking the origin', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  stage.origin.fail(path, 410);
  const gone = await stage.get(path);
  expect([gone.status, codeOf(gone.text)]).toEqual([410, 'gone']);
  const unknown = await stage.get('/b/b_zzzzzzzzzzzzzzzzzzzz/index.m3u8');
  expect([unknown.status, codeOf(unknown.text)]).toEqual([404, 'not_found']);
  expect(stage.origin.countPath('/b/b_zzzzzzzzzzzzzzzzzzzz/index.m3u8')).toBe(0);
});

test('an origin with other keys is our failure, and no secret is told', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.fail(path, 401, JSON.stringify({ code: 'unauthorized', detail: 'wrong signature' }));
  const { status, text } = await stage.get(path);
  expect([status, codeOf(text)]).toEqual([502, 'upstream_failed']);
  expect(text).not.toContain('wrong signature');
});

test('every request to the origin was signed, and no log names a secret', async () => {
  expect(stage.origin.refused).toBe(0);
  expect(stage.edge.logs).toContain('origin_unreachable');
  expect(stage.edge.logs).not.toMatch(/secret-of-the-edge-tests|token-of-the-edge-tests|headwater-signature/);
});

test.concurrent('a signed request goes no further than the origin that it was made for', async () => {
  const server = await startRedirecting(307);
  await stage.edge.addOrigin('o-moved', server.url);
  const { channel, broadcast } = await stage.edge.addBroadcast('public', 'o-moved');
  for (const file of ['index.m3u8', 'v720/12.m4s']) {
    const reply = await stage.get(`/b/${broadcast}/${file}`);
    expect([reply.status, codeOf(reply.text)]).toEqual([502, 'upstream_failed']);
    expect(reply.text).toContain('a redirect (307)');
  }
  const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const headers = { ...upgrade, 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
  expect((await stage.get(`/publish?channel=${channel}`, undefined, { headers })).status).toBe(502);
  expect(server.followed).toEqual([]);
  await server.stop();
});
