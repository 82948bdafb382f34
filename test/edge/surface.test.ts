import { afterAll, beforeAll, expect, test } from 'vitest';
import { EdgeStage } from '../support/edge-stage.ts';

let stage: EdgeStage;
let broadcast: string;

beforeAll(async () => {
  stage = await EdgeStage.start({ pops: [{ name: 'fra', continent: 'EU' }] });
  ({ broadcast } = await stage.edge.addBroadcast());
  stage.origin.put(`/b/${broadcast}/v720/12.m4s`, 'media');
}, 30_000);
afterAll(() => stage?.stop());

test.each([
  '/b/BROADCAST/v720/../v720/12.m4s',
  '/b/../b/BROADCAST/v720/12.m4s',
  '/b/BROADCAST/%2e%2e/BROADCAST/v720/12.m4s',
  '/b/BROADCAST//v720/12.m4s',
  '/b/./BROADCAST/v720/12.m4s',
  '/b/BROADCAST/v720/12.m4s/',
  '/b/BROADCAST/v720/12.m4s;x=1',
  '/b/BROADCAST/v720;a/12.m4s',
  '/b/BROADCAST/V720/12.m4s',
  '/b/BROADCAST/v720/12.M4S',
  '/b/BROADCAST/v720/012.m4s',
  '/b/BROADCAST/v720/12.m4s%00',
  '/b/BROADCAST/v720/%31%32.m4s',
  '/b/BROADCAST/v720%2f12.m4s',
  '/b/BROADCAST/v720\\12.m4s',
  '/b/BROADCAST/v720/12.m4s.css',
  '/b/BROADCAST',
  '/live/demo',
  '/live/Demo/index.m3u8',
  '/live/de%6do/index.m3u8',
  '/t/token',
  '/api',
  '/api/v2/channels',
])('%s is not an address', async (template) => {
  const path = template.replaceAll('BROADCAST', broadcast);
  const seenBefore = stage.origin.seen.length;
  const { status, headers, text } = await stage.get(path);
  expect([status, JSON.parse(text).code]).toEqual([404, 'not_found']);
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'public, max-age=1',
    'access-control-allow-origin': '*',
  });
  expect(stage.origin.seen.length).toBe(seenBefore);
});

test.each([
  '//b/BROADCAST/v720/12.m4s',
  '/B/BROADCAST/v720/12.m4s',
  '/watch/Demo',
  '/replay/demo',
  '/clip/b_1',
  '/nowhere',
])('%s is no page either', async (template) => {
  const { status, text } = await stage.get(template.replaceAll('BROADCAST', broadcast));
  expect(status).toBe(404);
  expect(text).not.toBe('media');
});

test('a token in front of what is open to everybody is not looked at and goes nowhere (rule 46)', async () => {
  const plain = await stage.get(`/b/${broadcast}/v720/12.m4s`);
  const carried = await stage.get(`/t/canary-token/b/${broadcast}/v720/12.m4s`);
  expect([carried.status, carried.text, carried.headers['cache-control']]).toEqual([
    plain.status,
    plain.text,
    plain.headers['cache-control'],
  ]);
  expect(JSON.stringify(stage.origin.seen) + stage.edge.logs).not.toContain('canary');
});

test('a preflight is answered without asking anybody', async () => {
  const headers = { origin: 'http://page.example', 'access-control-request-headers': 'range,x-any' };
  const reply = await stage.get(`/b/${broadcast}/v720/99.m4s`, 'fra', { method: 'OPTIONS', headers });
  expect([reply.status, reply.text]).toEqual([204, '']);
  expect(reply.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    'access-control-allow-headers': '*, authorization',
    'access-control-max-age': '86400',
  });
  expect(stage.origin.countPath(`/b/${broadcast}/v720/99.m4s`)).toBe(0);
});

test('media is read, nothing else', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const { status, headers, text } = await stage.get(`/b/${broadcast}/v720/12.m4s`, 'fra', { method });
    expect([status, JSON.parse(text).code, headers.allow]).toEqual([405, 'method_not_allowed', 'GET, HEAD, OPTIONS']);
  }
});

test('the clock is right, open to all and never kept (rule 40)', async () => {
  const before = Date.now();
  const { status, headers, text } = await stage.get('/time', 'fra', { headers: { origin: 'http://page.example' } });
  expect(status).toBe(200);
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(text)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(text)).toBeLessThanOrEqual(Date.now());
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
  const head = await stage.get('/time', 'fra', { method: 'HEAD' });
  expect([head.status, head.text]).toEqual([200, '']);
  expect(Math.abs(Date.parse(head.headers.date ?? '') - before)).toBeLessThan(5_000);
});

test('the PoP says that it is well, and its name', async () => {
  const { text, headers } = await stage.get('/healthz');
  expect(JSON.parse(text)).toEqual({ status: 'ok', pop: 'fra' });
  expect(headers['cache-control']).toBe('no-store');
});

test('the control plane is below /api/v1', async () => {
  const { status, headers } = await stage.get('/api/v1/live');
  expect([status, headers['content-type']?.split(';')[0]]).toEqual([200, 'application/json']);
});

test.each([
  ['/', '<title>home</title>'],
  ['/watch/demo', '<title>watch</title>'],
  ['/studio', '<title>studio</title>'],
  ['/replay/b_01jd5m3k8q2wxyz01234', '<title>replay</title>'],
  ['/clip/cl_01jd5m3k8q2wxyz01234', '<title>replay</title>'],
])('%s is a page with a strict policy', async (path, expected) => {
  const { status, headers, text } = await stage.get(path);
  expect([status, text]).toEqual([200, expected]);
  expect(headers['content-type']).toContain('text/html');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'strict-origin' });
  const policy = headers['content-security-policy'];
  for (const part of ["default-src 'none'", "script-src 'self'", "media-src 'self' blob:", "worker-src 'self' blob:"]) {
    expect(policy).toContain(part);
  }
  expect(headers['cache-control']).not.toContain('immutable');
});

test('files with a hash in their name may be kept for ever; what is not there is said to be', async () => {
  const file = await stage.get('/assets/watch-0a1b2c3d.js');
  expect(file.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable' });
  expect(file.headers['content-type']).toContain('javascript');
  for (const path of ['/assets/gone-0a1b2c3d.js', '/nowhere']) {
    const { status, headers, text } = await stage.get(path);
    expect([status, text]).toEqual([404, 'There is no page at this address.\n']);
    expect(headers['cache-control'] ?? '').not.toContain('immutable');
  }
});
