import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EdgeStage } from '../support/edge-stage.ts';
import { type Reply, send } from '../support/http-send.ts';

/**
 * Requests made to deceive a cache: to have an error, a private answer or somebody's words kept under a name that others
 * ask for. None of them changes what the next viewer gets, and nothing of them comes back.
 */

const canary = 'canary-7d1e';
let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 30_000);
afterAll(() => stage?.stop());

/** A segment, and a playlist beside it, that the origin has. */
async function newMedia(): Promise<{ folder: string; segment: string; playlist: string }> {
  const { broadcast } = await stage.edge.addBroadcast();
  const folder = `/b/${broadcast}/v720`;
  const names = { folder, segment: `${folder}/12.m4s`, playlist: `${folder}/index.m3u8` };
  stage.origin.put(names.segment, 'media');
  stage.origin.putPlaylist(names.playlist, {});
  return names;
}

/** Sends a request as it is, and returns all that comes back. */
function raw(head: readonly string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(stage.edge.url());
  const socket = connect(Number(port), hostname);
  socket.end(`${[...head, 'connection: close', '', ''].join('\r\n')}${body}`);
  return text(socket);
}

function expectNothingReflected({ headers, text }: Reply): void {
  expect(JSON.stringify(headers) + text).not.toContain(canary);
}

describe('an address that looks like another', () => {
  test.each([
    '/w/x/a.css',
    '/watch/demo/a.css',
    '/live/demo/index.m3u8/a.css',
    'SEGMENT/a.css',
    'SEGMENT;a.css',
    'SEGMENT%3b.css',
    'SEGMENT%0a',
    'SEGMENT%0d%0aset-cookie:a=b',
    'SEGMENT%23a.css',
    'SEGMENT%3fa.css',
    'SEGMENT%20',
    'SEGMENT%c0%ae',
    'FOLDER//12.m4s',
    'FOLDER/%2e/12.m4s',
    'FOLDER/.%2e/v720/12.m4s',
    'FOLDER/%252e%252e/v720/12.m4s',
    'FOLDER/..%2fv720/12.m4s',
    'FOLDER/..%5cv720/12.m4s',
    'FOLDER/12.m4s%00.css',
    'FOLDER/+12.m4s',
    'FOLDER/1e1.m4s',
    'FOLDER/12.m4s:80',
    'FOLDER/index.m3u8%3F_HLS_msn=1',
    `FOLDER/${'9'.repeat(400)}.m4s`,
    `/b/${'x'.repeat(8_000)}/v720/12.m4s`,
  ])('%s is not one, for nobody and not for long', async (template) => {
    const { folder, segment } = await newMedia();
    const path = template.replace('SEGMENT', segment).replace('FOLDER', folder);
    const asked = stage.origin.seen.length;
    for (let repeat = 0; repeat < 2; repeat++) {
      const reply = await stage.get(path);
      expect(reply.status).toBe(404);
      expect(reply.text).not.toBe('media');
      expect(reply.headers['cache-control'] ?? 'max-age=0').toMatch(/max-age=[01]\b|no-store|no-cache|must-revalidate/);
      expect(reply.headers['set-cookie']).toBeUndefined();
    }
    expect(stage.origin.seen.length).toBe(asked);
    expect((await stage.get(segment)).text).toBe('media');
  });

  test('with an absolute form in the request line is the path in it, and nothing of the host', async () => {
    const { segment } = await newMedia();
    const answer = await raw([`GET http://${canary}.example${segment} HTTP/1.1`, `host: ${canary}.example`]);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:200|400|404)/);
    expect(answer).not.toContain(canary);
  });
});

const deceivingHeaders: readonly Record<string, string>[] = [
  { host: `${canary}.example` },
  { 'x-forwarded-host': `${canary}.example`, 'x-forwarded-proto': canary, 'x-forwarded-for': canary },
  { forwarded: `host=${canary};proto=${canary}`, 'x-host': canary, 'x-forwarded-server': canary },
  { 'x-original-url': `/${canary}`, 'x-rewrite-url': `/${canary}`, 'x-http-method-override': 'DELETE' },
  { origin: `http://${canary}.example`, referer: `http://${canary}.example/` },
  { authorization: `Bearer ${canary}`, cookie: `session=${canary}`, 'proxy-authorization': canary },
  { 'cache-control': 'no-cache, no-store', pragma: 'no-cache' },
  { accept: canary, 'accept-encoding': `br, ${canary}`, 'accept-language': canary, 'user-agent': canary },
  { 'if-none-match': `"${canary}"`, 'if-range': `"${canary}"`, 'if-modified-since': canary },
  { range: `bytes=${Array.from({ length: 500 }, (_, at) => `${at}-`).join(',')}` },
  { 'cf-connecting-ip': canary, 'cf-ray': canary, 'cdn-loop': canary, via: canary },
  { 'headwater-signature': canary, 'headwater-playlist': canary, 'headwater-born': canary },
];

describe('headers that are in no key', () => {
  test.each(deceivingHeaders)('$0: the first to ask with them changes nothing for the next', async (headers) => {
    for (const kind of ['segment', 'playlist'] as const) {
      const path = (await newMedia())[kind];
      const deceived = await stage.get(path, 'fra', { headers });
      const plain = await stage.get(path);
      expect([deceived.status, deceived.text]).toEqual([200, plain.text]);
      expectNothingReflected(deceived);
      expect(plain.headers['headwater-cache']).toBe('isolate');
      expect(stage.origin.countPath(path)).toBe(1);
      const seen = stage.origin.seen.filter(({ target }) => target.startsWith(path));
      expect(JSON.stringify(seen)).not.toContain(canary);
    }
  });

  test('errors are the same for all, too', async () => {
    const { folder } = await newMedia();
    for (const headers of deceivingHeaders) {
      const reply = await stage.get(`${folder}/77.m4s?${canary}`, 'fra', { headers });
      expect(reply.status).toBe(404);
      expect(reply.headers['cache-control']).toBe('public, max-age=1');
      expectNothingReflected(reply);
    }
  });
});

describe('a body where none belongs', () => {
  test('a fat GET is the GET without it', async () => {
    const { segment } = await newMedia();
    const body = `{"path":"/${canary}"}`;
    const reply = await raw([`GET ${segment} HTTP/1.1`, 'host: pop', `content-length: ${body.length}`], body);
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(reply).not.toContain(canary);
    expect((await stage.get(segment)).text).toBe('media');
    expect(JSON.stringify(stage.origin.seen)).not.toContain(canary);
  });
});

describe('queries', () => {
  test('unknown ones, large ones and unknown _HLS_ ones neither split nor poison', async () => {
    const { playlist } = await newMedia();
    const texts: string[] = [];
    for (const query of [`x=${canary}`, `_HLS_new=${canary}`, `_hls_msn=999`, `%5FHLS_${canary}=1`, 'a&b&&==&%']) {
      const reply = await stage.get(`${playlist}?${query}`);
      expect(reply.status).toBe(200);
      expectNothingReflected(reply);
      texts.push(reply.text);
    }
    expect(new Set(texts).size).toBe(1);
    const huge = await stage.get(`${playlist}?x=${'y'.repeat(4_000)}`);
    expect([huge.status, huge.headers['cache-control']]).toEqual([400, 'public, max-age=1']);
    expect((await stage.get(playlist)).text).toBe(texts[0]);
    expect(stage.origin.seen.filter(({ target }) => target.includes(canary))).toEqual([]);
  });

  test('a thousand different queries are one object in memory and one request', async () => {
    const { segment } = await newMedia();
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => stage.get(`${segment}?bust=${i}-${j}&token=${canary}`)));
    }
    expect(stage.origin.countPath(segment)).toBe(1);
  });
});

describe('what an origin says that is not for viewers', () => {
  test('its cookies, its redirects and its lifetimes stay with us', async () => {
    const { segment, folder } = await newMedia();
    const headers = {
      'set-cookie': `session=${canary}`,
      'cache-control': 'private, no-store',
      vary: '*',
      server: canary,
      'x-powered-by': canary,
      'access-control-allow-origin': `http://${canary}.example`,
      'content-type': 'text/html',
    };
    stage.origin.put(segment, 'media', headers);
    const reply = await stage.get(segment);
    expectNothingReflected(reply);
    expect(reply.headers).toMatchObject({
      'content-type': 'video/iso.segment',
      'cache-control': 'public, max-age=31536000, immutable',
      'access-control-allow-origin': '*',
    });
    expect(reply.headers.vary).toBeUndefined();
    const moved = `${folder}/13.m4s`;
    stage.origin.on(moved, (_, response) => response.writeHead(302, { location: `http://${canary}.example/` }).end());
    const refused = await stage.get(moved);
    expect([refused.status, refused.headers.location]).toEqual([502, undefined]);
    expectNothingReflected(refused);
  });

  test.each([400, 401, 403, 404, 410, 418, 429, 500, 502, 503, 504])(
    'its %i is kept for a second at most, in no cache of the PoP, and told without its own words',
    async (status) => {
      const { segment } = await newMedia();
      stage.origin.fail(segment, status, `<h1>${canary}</h1>`);
      const reply = await send(stage.edge.url(), segment);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.headers['cache-control']).toMatch(/^(?:no-store|public, max-age=1)$/);
      expect(reply.headers['content-type']).toBe('application/problem+json');
      expectNothingReflected(reply);
      expect(await stage.edge.inPopCache('fra', segment)).toBe(false);
      stage.origin.put(segment, 'media');
      await expect.poll(async () => (await stage.get(segment)).text, { timeout: 10_000 }).toBe('media');
    },
  );
});
