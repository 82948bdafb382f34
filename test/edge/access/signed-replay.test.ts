import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClipStage } from '../../support/clip-stage.ts';
import { makeCodedBroadcast } from '../../support/coded-broadcast.ts';
import { pollUntil } from '../../support/poll.ts';
import { enterKeys, mintJwt, newTestKey } from '../../support/token-mint.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
const key = newTestKey('es', 'ES256');
let stage: ClipStage;
let over: { channel: string; broadcast: string };

beforeAll(async () => {
  stage = await ClipStage.start();
  over = await stage.keep(await makeCodedBroadcast([{ startS: 0, seconds: 9, firstFrame: 0 }], anchorMs));
  await stage.edge.sql("UPDATE channels SET visibility = 'signed' WHERE id = ?1", over.channel);
  await stage.edge.sql(
    'UPDATE broadcasts SET report = \'{"renditions":[{"height":180}]}\' WHERE id = ?1',
    over.broadcast,
  );
  await enterKeys(stage.edge, [key]);
}, 60_000);
afterAll(() => stage?.stop());

const token = (more: Record<string, unknown> = {}) =>
  mintJwt(key, {
    aud: 'headwater',
    res: `channel:${over.channel}`,
    exp: Math.floor(Date.now() / 1_000) + 300,
    ...more,
  });

/** Status and code, or what a document has. */
async function ask(path: string, bearer?: string, method = 'GET') {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const response = await fetch(new URL(path, stage.edge.url('sin')), { headers, method });
  const json = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return { status: response.status, code: json.code, json, cache: response.headers.get('cache-control') };
}

async function begin(body: object, bearer: string): Promise<string> {
  const response = await fetch(new URL('/api/v1/session', stage.edge.url('sin')), {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { session: string }).session;
}

async function clip(startS: number, endS: number, more: object = {}) {
  const range = { startMs: anchorMs + 1_000 * startS, endMs: anchorMs + 1_000 * endS };
  return stage.person('POST', '/clips', { broadcast: over.broadcast, ...range, ...more });
}

test('the view of a replay and the list of them are for those who have a token, and are kept nowhere', async () => {
  const view = `/api/v1/watch-replay/${over.broadcast}`;
  const list = `/api/v1/watch/${over.channel}/replays`;
  for (const path of [view, list]) {
    expect(await ask(path)).toMatchObject({ status: 401, code: 'token_missing' });
    expect(await ask(path, token({ res: 'channel:other' }))).toMatchObject({ status: 403, code: 'wrong_resource' });
    expect(await ask(path, token({ scp: ['live'] }))).toMatchObject({ status: 403, code: 'wrong_scope' });
    expect(await ask(path, token())).toMatchObject({ status: 200, cache: 'no-store' });
    expect(await ask(path, await begin({ channel: over.channel }, token()))).toMatchObject({ status: 200 });
  }
  expect((await ask(view, token({ res: `broadcast:${over.broadcast}` }))).json).toMatchObject({ state: 'ready' });
});

test('a clip of a signed channel is signed, whatever is asked for, and one that was open is closed', async () => {
  expect((await clip(1, 3)).json).toMatchObject({ visibility: 'signed' });
  for (const visibility of ['public', 'unlisted']) {
    expect(await clip(1, 3, { visibility })).toMatchObject({ status: 409, json: { reason: 'channel_signed' } });
  }
  const { json } = await clip(1, 3);
  const change = await stage.person('PATCH', `/clips/${json.id}`, { visibility: 'public' });
  expect(change).toMatchObject({ status: 409, json: { reason: 'channel_signed' } });
  await stage.edge.sql("UPDATE clips SET visibility = 'public' WHERE id = ?1", json.id);
  expect((await stage.person('GET', `/clips/${json.id}`)).json.visibility).toBe('signed');
  for (const path of [json.playback.hls, json.playback.download, `/api/v1/watch-clip/${json.id}`]) {
    expect((await ask(path)).status, path).toBe(401);
  }
});

test('the session of a clip opens its view, its media, and its file where the token has files', async () => {
  const [one, other] = [(await clip(2, 4)).json, (await clip(6, 8)).json];
  const withFile = token({ res: `clip:${one.id}`, scp: ['clip', 'download'] });
  const session = await begin({ clip: one.id }, withFile);
  expect(await ask(`/api/v1/watch-clip/${one.id}`, session)).toMatchObject({ status: 200 });
  expect(await ask(`/t/${session}${one.playback.hls}`)).toMatchObject({ status: 200 });
  expect(await ask(`/t/${session}${one.playback.download}`, undefined, 'HEAD')).toMatchObject({ status: 200 });
  expect((await ask(`/t/${withFile}${one.playback.download}`, undefined, 'HEAD')).status).toBe(200);
  // Neither another clip's file nor the whole.
  expect(await ask(`/t/${session}${other.playback.download}`)).toMatchObject({ status: 403, code: 'wrong_scope' });
  expect(await ask(`/t/${session}/b/${over.broadcast}/download.mp4`)).toMatchObject({ status: 403 });
  const without = await begin({ clip: one.id }, token({ res: `clip:${one.id}` }));
  expect(await ask(`/t/${without}${one.playback.download}`)).toMatchObject({ status: 403, code: 'wrong_scope' });
  expect(await ask(`/t/${without}${one.playback.hls}`)).toMatchObject({ status: 200 });
  const wrong = token({ res: `clip:${other.id}` });
  expect(await ask(`/api/v1/watch-clip/${one.id}`, wrong)).toMatchObject({ status: 403, code: 'wrong_resource' });
});

test('a file is for tokens that allow all of it', async () => {
  const { json } = await clip(2, 4);
  const scp = ['replay', 'clip', 'download'];
  const files = [json.playback.download, `/b/${over.broadcast}/download.mp4`];
  const statuses = async (more: Record<string, unknown>) =>
    Promise.all(
      files.map(async (file) => (await ask(`/t/${token({ scp, ...more })}${file}`, undefined, 'HEAD')).status),
    );
  expect(await statuses({})).toEqual([200, 200]);
  expect(await statuses({ scp: ['replay', 'clip'] })).toEqual([403, 403]);
  expect(await statuses({ max_height: 180 })).toEqual([403, 403]);
  expect(await statuses({ start: anchorMs / 1_000 + 3 })).toEqual([403, 403]);
  expect(await statuses({ start: anchorMs / 1_000 + 1 })).toEqual([200, 403]);
});

test('a clip of a channel that becomes signed is closed with it', async () => {
  const say = (visibility: string) =>
    stage.edge.sql('UPDATE channels SET visibility = ?1 WHERE id = ?2', visibility, over.channel);
  await say('public');
  const { json } = await clip(2, 4, { visibility: 'public' });
  await pollUntil(async () => (await ask(json.playback.hls)).status === 200, 'the clip to be open', 10_000);
  await say('signed');
  await pollUntil(async () => (await ask(json.playback.hls)).status === 401, 'the clip to be closed', 10_000);
});
