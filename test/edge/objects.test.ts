import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

test.each(['v720/12.m4s', 'v720/12.3.m4s', 'v720/init-0.mp4', 'index.m3u8', 'index.mpd'])(
  '50 viewers of %s on one PoP are one origin request (rule 25)',
  async (file) => {
    const path = await stage.newObject(file);
    const body = randomBytes(700_001);
    const hold = stage.origin.hold(path);
    const viewers = stage.crowd(50, path);
    await pollUntil(() => hold.waiting === 1, 'the origin request');
    await stage.reached();
    hold.release((response) => response.writeHead(200).end(body));
    const replies = await Promise.all(viewers);
    expect(distinct(replies.map(({ status }) => status))).toEqual([200]);
    expect(replies.every((reply) => reply.body.equals(body))).toBe(true);
    expect(stage.origin.countPath(path)).toBe(1);
    expect(distinct(replies.map(({ headers }) => String(headers['headwater-cache']))).toSorted()).toEqual([
      'isolate',
      'origin',
    ]);
  },
);

test('PoPs of one region share a shield, each further region asks once more', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'media');
  const near = await Promise.all(['fra', 'ams', 'fra', 'ams'].flatMap((pop) => stage.crowd(5, path, pop)));
  expect(distinct(near.map(({ text }) => text))).toEqual(['media']);
  expect(stage.origin.countPath(path)).toBe(1);
  const far = await Promise.all(['nyc', 'sin'].flatMap((pop) => stage.crowd(5, path, pop)));
  expect(distinct(far.map(({ text }) => text))).toEqual(['media']);
  expect(stage.origin.countPath(path)).toBe(3);
});

test('a viewer who leaves while his request is held takes nobody with him', async () => {
  const path = await stage.newObject('v720/12.3.m4s');
  const hold = stage.origin.hold(path);
  const leaver = new AbortController();
  const left = stage.get(path, 'fra', { signal: leaver.signal }).catch((error: Error) => error.name);
  await pollUntil(() => hold.waiting === 1, 'the origin request');
  const viewers = stage.crowd(20, path);
  await stage.reached();
  leaver.abort();
  expect(await left).toBe('AbortError');
  hold.release((response) => response.writeHead(200).end('part'));
  const replies = await Promise.all(viewers);
  expect(distinct(replies.map(({ status, text }) => `${status} ${text}`))).toEqual(['200 part']);
  expect(stage.origin.countPath(path)).toBe(1);
});

test('media is immutable, named and counted', async () => {
  const path = await stage.newObject('a1/init-0.mp4');
  stage.origin.put(path, 'init');
  const { status, headers } = await stage.get(path);
  expect({ status, ...headers }).toMatchObject({
    status: 200,
    'content-type': 'audio/mp4',
    'content-length': '4',
    'cache-control': 'public, max-age=31536000, immutable',
    etag: `"${path}"`,
    'accept-ranges': 'bytes',
    age: '0',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'age, date, content-length, headwater-pop, headwater-cache',
    'headwater-pop': 'fra',
    'headwater-cache': 'origin',
  });
  expect(Date.parse(headers.date ?? '')).not.toBeNaN();
  expect(headers['set-cookie']).toBeUndefined();
});

test('HEAD is GET without its body (rule 32)', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'media');
  const got = await stage.get(path);
  const head = await stage.get(path, 'fra', { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.body.length).toBe(0);
  const fixed = (headers: object) => ({ ...headers, date: '', age: '', 'headwater-cache': '' });
  expect(fixed(head.headers)).toEqual(fixed(got.headers));
  const missing = await stage.get(path.replace('12', '13'), 'fra', { method: 'HEAD' });
  expect([missing.status, missing.text]).toEqual([404, '']);
});

test('conditions and ranges are answered from the whole object (rules 30, 32)', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, '0123456789');
  const ask = (headers: Record<string, string>) => stage.get(path, 'fra', { headers });
  const notModified = await ask({ 'if-none-match': `"x", W/"${path}"` });
  expect([notModified.status, notModified.text, notModified.headers.etag]).toEqual([304, '', `"${path}"`]);
  expect(notModified.headers['access-control-allow-origin']).toBe('*');
  const middle = await ask({ range: 'bytes=2-4' });
  expect([middle.status, middle.text, middle.headers['content-range'], middle.headers['content-length']]).toEqual([
    206,
    '234',
    'bytes 2-4/10',
    '3',
  ]);
  expect((await ask({ range: 'bytes=-3' })).text).toBe('789');
  expect((await ask({ range: 'bytes=7-9007199254740991' })).text).toBe('789');
  const outside = await ask({ range: 'bytes=10-' });
  expect([outside.status, outside.headers['content-range'], JSON.parse(outside.text).code]).toEqual([
    416,
    'bytes */10',
    'range_not_satisfiable',
  ]);
  expect((await ask({ range: 'bytes=2-4', 'if-range': `"${path}"` })).status).toBe(206);
  expect((await ask({ range: 'bytes=2-4', 'if-range': '"other"' })).status).toBe(200);
  expect((await ask({ range: 'bytes=0-1,4-5' })).text).toBe('0123456789');
  expect(stage.origin.countPath(path)).toBe(1);
});

test('a large object arrives whole and in part, again and again', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const body = randomBytes(2_000_003);
  stage.origin.put(path, body);
  for (const reply of await Promise.all(stage.crowd(10, path))) expect(reply.body.equals(body)).toBe(true);
  const { body: part } = await stage.get(path, 'fra', { headers: { range: 'bytes=5-1500004' } });
  expect(part.equals(body.subarray(5, 1_500_005))).toBe(true);
  expect((await stage.get(path, 'fra', { method: 'HEAD' })).headers['content-length']).toBe('2000003');
});

test('a viewer who leaves in the middle of a body disturbs nobody', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const body = randomBytes(8_000_000);
  stage.origin.put(path, body);
  await stage.get(path);
  const leaver = get(new URL(path, stage.edge.url()), { agent: false });
  const [response] = (await once(leaver, 'response')) as [IncomingMessage];
  await once(response, 'data');
  leaver.destroy();
  for (const reply of await Promise.all(stage.crowd(3, path))) expect(reply.body.equals(body)).toBe(true);
  expect(stage.edge.logs).not.toMatch(/uncaught/i);
});

test('segments and init segments are kept in the PoP cache, parts in memory only', async () => {
  const { broadcast } = await stage.edge.addBroadcast();
  const paths = ['v720/12.3.m4s', 'v720/12.m4s', 'v720/init-0.mp4'].map((file) => `/b/${broadcast}/${file}`);
  for (const path of paths) {
    stage.origin.put(path, 'media');
    await stage.get(path);
  }
  const [part = '', ...kept] = paths;
  for (const path of kept) await pollUntil(() => stage.edge.inPopCache('fra', path), `${path} in the PoP cache`);
  expect(await stage.edge.inPopCache('fra', part)).toBe(false);
  expect(await stage.edge.inPopCache('ams', kept[0] ?? '')).toBe(false);
});

test('what the PoP cache has is not asked for again', async () => {
  const path = await stage.newObject('v720/12.m4s');
  await stage.edge.putPopCache('fra', path, 'kept', Date.now() - 5_000);
  const { text, headers } = await stage.get(path);
  expect([text, headers['headwater-cache']]).toEqual(['kept', 'pop']);
  expect(Number(headers.age)).toBeGreaterThanOrEqual(5);
  expect(stage.origin.countPath(path)).toBe(0);
});

test('nothing of the viewer goes upstream: no query, no header, no cookie (rules 44, 47)', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'media');
  const headers = { authorization: 'Bearer canary', cookie: 'a=canary', referer: 'http://canary/', 'x-any': 'canary' };
  const reply = await stage.get(`${path}?token=canary&CMCD=canary`, 'fra', { headers });
  expect(reply.text).toBe('media');
  const [seen] = stage.origin.seen.filter(({ target }) => target.startsWith(path));
  expect(seen?.target).toBe(path);
  expect(JSON.stringify(seen)).not.toContain('canary');
  expect((await stage.get(`${path}?token=other`)).headers['headwater-cache']).toBe('isolate');
});
