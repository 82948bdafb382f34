import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, startAccessStage } from '../../support/access-stage.ts';

let at: AccessStage;

beforeAll(async () => {
  at = await startAccessStage({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 60_000);
afterAll(() => at?.stage.stop());

test('a token in the path leaves playlists as they are, for all that share them', async () => {
  const [mine, yours] = [at.token({ sub: 'me' }), at.token({ sub: 'you' })];
  const one = await at.get(`/t/${mine}/b/${at.broadcast}/index.m3u8`);
  const two = await at.get(`/t/${yours}/b/${at.broadcast}/index.m3u8`);
  expect([one.status, one.text]).toEqual([200, two.text]);
  expect(one.text).toContain('\nv720/index.m3u8\n');
  expect(one.headers['cache-control']).toBe('private, no-store');
  expect((await at.get(`/t/${mine}/live/${at.channel}/index.m3u8`)).text).toContain(`../../b/${at.broadcast}/v720/`);
  expect((await at.get(`/t/${mine}/b/${at.broadcast}/v720/index.m3u8`)).status).toBe(200);
  const media = await at.get(`/t/${mine}/b/${at.broadcast}/v720/12.m4s`);
  expect([media.status, media.text]).toEqual([200, 'media 12']);
  expect(media.headers['cache-control']).toBe('private, max-age=31536000, immutable');
  expect(at.stage.origin.count(`/b/${at.broadcast}/index.m3u8`)).toBeLessThanOrEqual(2);
});

const ways: readonly [string, (token: string) => { query?: string; headers?: Record<string, string> }][] = [
  ['query', (token) => ({ query: `?token=${token}` })],
  ['cookie', (token) => ({ headers: { cookie: `other=1; headwater_token=${token}` } })],
  ['header', (token) => ({ headers: { authorization: `Bearer ${token}` } })],
];

test.each(ways)('a token by %s is exchanged where playing begins, and the session goes on alone', async (_, way) => {
  const { query = '', headers = {} } = way(at.token());
  const { status, text } = await at.get(`/live/${at.channel}/index.m3u8${query}`, { headers });
  expect(status).toBe(200);
  const [, session] = /^(\/t\/s1\.[^/]+)\/b\/[^/]+\/v720\/index\.m3u8$/m.exec(text) ?? [];
  expect(session).toBeDefined();
  expect(text).toContain(`URI="${session}/b/${at.broadcast}/a1/index.m3u8"`);
  expect((await at.get(`${session}/b/${at.broadcast}/v720/index.m3u8`)).status).toBe(200);
  expect((await at.get(`${session}/b/${at.broadcast}/v720/11.m4s`)).text).toBe('media 11');
  // What the browser still adds by itself does not stand against the session.
  const { headers: ambient = {} } = way(at.token({ sub: 'other' }));
  if (query === '')
    expect((await at.get(`${session}/b/${at.broadcast}/v720/11.m4s`, { headers: ambient })).status).toBe(200);
});

test('an MPD leads to the session by BaseURL and Location, with its other parameters', async () => {
  const { text } = await at.get(`/live/${at.channel}/index.mpd?token=${at.token()}&max_height=720`);
  const [, session = ''] = /<BaseURL>(\/t\/s1\.[^/]+)\/b\//.exec(text) ?? [];
  expect(text).toContain(`<BaseURL>${session}/b/${at.broadcast}/</BaseURL>`);
  expect(text).toContain(`<Location>${session}/live/${at.channel}/index.mpd?max_height=720</Location>`);
  const again = await at.get(`${session}/live/${at.channel}/index.mpd?max_height=720`);
  expect(again.text).not.toContain('Location');
  expect(again.text).toContain(`<BaseURL>../../b/${at.broadcast}/</BaseURL>`);
  expect((await at.get(`${session}/b/${at.broadcast}/v720/init-0.mp4`)).text).toBe('init');
});

test('in place of a segment that was lost its init segment is named, for each viewer inside of their own path', async () => {
  const lost = `/b/${at.broadcast}/v720/13.m4s`;
  at.stage.origin.on(lost, (_, response) => response.writeHead(303, { location: 'init-0.mp4' }).end());
  const { text } = await at.get(`/live/${at.channel}/index.mpd?token=${at.token()}`);
  const [, session = ''] = /<BaseURL>(\/t\/s1\.[^/]+)\/b\//.exec(text) ?? [];
  for (const root of [session, `/t/${at.token({ sub: 'other' })}`]) {
    const { status, headers } = await at.get(root + lost);
    expect([status, headers.location, headers['cache-control']]).toEqual([303, 'init-0.mp4', 'private, no-store']);
    expect(headers['access-control-allow-origin']).toBe('*');
    const followed = await fetch(new URL(root + lost, at.stage.edge.url()));
    const { pathname } = new URL(followed.url);
    expect([pathname, await followed.text()]).toEqual([`${root}/b/${at.broadcast}/v720/init-0.mp4`, 'init']);
  }
  expect((await at.get(lost)).status).toBe(401);
});

test('a token that may be renewed is exchanged in the path too, and the session outlives it', async () => {
  const nowS = Math.floor(Date.now() / 1_000);
  const token = at.token({ exp: nowS - 3, renew_until: nowS + 600 });
  const { text } = await at.get(`/t/${token}/live/${at.channel}/index.m3u8`);
  const [, session] = /^(\/t\/s1\.[^/]+)\/b\//m.exec(text) ?? [];
  expect((await at.get(`${session}/b/${at.broadcast}/v720/index.m3u8`)).status).toBe(200);
  const late = at.token({ exp: nowS - 60, renew_until: nowS + 600 });
  expect((await at.get(`/t/${late}/live/${at.channel}/index.m3u8`)).status).toBe(401);
});

test('two tokens that differ are refused, the same one twice is fine', async () => {
  const [one, two] = [at.token({ sub: 'a' }), at.token({ sub: 'b' })];
  const path = `/t/${one}/b/${at.broadcast}/v720/index.m3u8`;
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  for (const reply of [await at.get(`${path}?token=${two}`), await at.get(path, bearer(two))]) {
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([400, 'two_tokens']);
  }
  expect((await at.get(`${path}?token=${one}`, bearer(one))).status).toBe(200);
});

test('every viewer has bytes of their own, and nothing of them is kept', async () => {
  const path = `/live/${at.channel}/index.m3u8?token=`;
  const texts = await Promise.all(Array.from({ length: 5 }, async () => (await at.get(path + at.token())).text));
  expect(new Set(texts).size).toBe(5);
  const plain = await at.get(`/t/${at.token()}/live/${at.channel}/index.m3u8`);
  expect(plain.text).not.toContain('/t/');
});

test('a session ends with its deployment key, and cannot be changed', async () => {
  const { text } = await at.get(`/live/${at.channel}/index.m3u8?token=${at.token()}`);
  const [, session = ''] = /^\/t\/(s1\.[^/]+)\/b\//m.exec(text) ?? [];
  const [version, kid, payload = '', mac = ''] = session.split('.');
  const forged = Buffer.from(payload, 'base64url')
    .toString()
    .replace(/"u":\d+/, '"u":99999999999999');
  const wrong = [
    [version, kid, Buffer.from(forged).toString('base64url'), mac],
    [version, 'a0', payload, mac],
    [version, 'zz', payload, mac],
    [version, kid, payload, `${mac.slice(0, -2)}AA`],
    [version, kid, payload],
    [version, kid, payload, mac, mac],
  ];
  for (const parts of wrong) {
    const reply = await at.get(`/t/${parts.join('.')}/b/${at.broadcast}/v720/index.m3u8`);
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([401, 'token_invalid']);
  }
});
