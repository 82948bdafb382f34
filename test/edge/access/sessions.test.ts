import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, startAccessStage } from '../../support/access-stage.ts';

let at: AccessStage;

beforeAll(async () => {
  at = await startAccessStage({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 60_000);
afterAll(() => at?.stage.stop());

const begin = (body: unknown, token?: string) =>
  fetch(new URL('/api/v1/session', at.stage.edge.url()), {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });

test('a page exchanges a token for paths that play', async () => {
  const nowS = Math.floor(Date.now() / 1_000);
  const reply = await begin({ channel: at.channel }, at.token({ renew_until: nowS + 600 }));
  expect(reply.status).toBe(201);
  expect(reply.headers.get('cache-control')).toBe('no-store');
  const view = (await reply.json()) as Record<string, unknown>;
  expect(view.expiresMs).toBe((nowS + 600) * 1_000);
  expect(view.hls).toBe(`/t/${view.session}/live/${at.channel}/index.m3u8`);
  expect((await at.get(String(view.hls))).text).toContain(`../../b/${at.broadcast}/v720/index.m3u8`);
  expect((await at.get(String(view.dash))).status).toBe(200);
});

test('a broadcast is asked for by its id', async () => {
  const reply = await begin({ broadcast: at.broadcast }, at.token({ res: `broadcast:${at.broadcast}` }));
  const view = (await reply.json()) as Record<string, unknown>;
  expect((await at.get(String(view.hls))).status).toBe(200);
});

test.each<[string, unknown, () => string | undefined, number, string]>([
  ['no token', null, () => undefined, 401, 'token_missing'],
  ['a token of another channel', null, () => at.token({ res: 'channel:other' }), 403, 'wrong_resource'],
  ['no channel', { channel: 'nobody' }, () => at.token(), 404, 'not_found'],
  ['nothing to play', {}, () => at.token(), 400, 'bad_request'],
  ['both', { channel: 'a', broadcast: 'b' }, () => at.token(), 400, 'bad_request'],
])('%s gets no session', async (_, body, token, status, code) => {
  const reply = await begin(body ?? { channel: at.channel }, token());
  expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([status, code]);
});

test('what is open to everybody takes no session', async () => {
  const channel = await at.stage.edge.addChannel();
  const view = await (await begin({ channel })).json();
  expect(view).toEqual({
    session: null,
    hls: `/live/${channel}/index.m3u8`,
    dash: `/live/${channel}/index.mpd`,
    expiresMs: null,
    nowMs: expect.any(Number),
  });
});

test('a page of another site may ask, with the token in a header', async () => {
  const reply = await fetch(new URL('/api/v1/session', at.stage.edge.url()), { method: 'OPTIONS' });
  expect(reply.status).toBe(204);
  expect(reply.headers.get('access-control-allow-headers')).toContain('authorization');
  expect(reply.headers.get('access-control-allow-origin')).toBe('*');
});

test('the view of a signed channel is for those who have a token, and is kept nowhere', async () => {
  const view = `/api/v1/watch/${at.channel}`;
  const closed = await at.get(view);
  expect([closed.status, JSON.parse(closed.text).code]).toEqual([401, 'token_missing']);
  expect(closed.text).not.toContain('A channel');
  const headers = { authorization: `Bearer ${at.token()}` };
  const open = await at.get(view, { headers });
  expect([open.status, JSON.parse(open.text).title]).toEqual([200, 'A channel']);
  expect(open.headers['cache-control']).toBe('no-store');
  const wrong = await at.get(view, { headers: { authorization: `Bearer ${at.token({ res: 'channel:other' })}` } });
  expect([wrong.status, JSON.parse(wrong.text).code]).toEqual([403, 'wrong_resource']);
  const { text } = await at.get('/api/v1/live');
  expect(text).not.toContain(at.channel);
});
