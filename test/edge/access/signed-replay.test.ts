import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClipStage } from '../../support/clip-stage.ts';
import { makeCodedBroadcast } from '../../support/coded-broadcast.ts';
import { testPops } from '../../support/edge.ts';
import { pollUntil } from '../../support/poll.ts';
import { enterKeys, mintJwt, newTestKey } from '../../support/token-mint.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
const key = newTestKey('es', 'ES256');
let stage: ClipStage;
let over: { channel: string; broadcast: string };
/** The same media in a channel that is public. */
let open: { channel: string; broadcast: string };

beforeAll(async () => {
  stage = await ClipStage.start();
  const made = await makeCodedBroadcast([{ startS: 0, seconds: 9, firstFrame: 0 }], anchorMs);
  over = await stage.keep(made);
  open = await stage.keep(made);
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

test('a replay that is signed of its own closes the clips that are made of it, with their files', async () => {
  const { broadcast } = open;
  const cut = (more: object = {}) => clip(1, 3, { broadcast, ...more });
  const { id, playback } = (await cut({ visibility: 'public' })).json;
  const paths: readonly string[] = [playback.hls, playback.download, `/api/v1/watch-clip/${id}`];
  const answer = (status: number) =>
    pollUntil(
      async () => (await Promise.all(paths.map((path) => ask(path)))).every((one) => one.status === status),
      `the clip to answer ${status}`,
      30_000,
      100,
    );
  const set = (visibility: string | null) => stage.person('PATCH', `/broadcasts/${broadcast}`, { visibility });
  await answer(200);
  await set('signed');
  await answer(401);
  expect((await stage.person('GET', `/clips/${id}`)).json.visibility).toBe('signed');
  const refused = { status: 409, json: { reason: 'broadcast_signed' } };
  expect(await stage.person('PATCH', `/clips/${id}`, { visibility: 'public' })).toMatchObject(refused);
  expect(await cut({ visibility: 'unlisted' })).toMatchObject(refused);
  expect((await cut()).json.visibility).toBe('signed');
  await set(null);
  await answer(200);
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

test('what a revoked link played is refused by its code at every PoP, though each has it in its cache', async () => {
  const { json: cut } = await clip(2, 6);
  const link = async (body: object): Promise<{ id: string; token: string }> => {
    const made = await stage.person('POST', '/links', { preset: '1h', ...body });
    expect(made.status).toBe(201);
    return made.json;
  };
  const { broadcast } = over;
  const links = {
    replay: await link({ broadcast, scopes: ['replay'] }),
    clip: await link({ clip: cut.id, scopes: ['clip'] }),
    download: await link({ broadcast, scopes: ['replay', 'clip', 'download'] }),
    other: await link({ broadcast, scopes: ['replay', 'clip', 'download'] }),
  };
  const sessions = {
    replay: await begin({ broadcast }, links.replay.token),
    clip: await begin({ clip: cut.id }, links.clip.token),
    download: await begin({ broadcast }, links.download.token),
  };
  const [b, c] = [`/b/${broadcast}`, `/clip/${cut.id}`];
  const media = ['v180/index.m3u8', 'v180/init-0.mp4', 'v180/1.m4s', 'a1/1.m4s'];
  const below = (access: string, ...files: readonly string[]) => files.map((file) => `/t/${access}${file}`);
  const of = (lead: string, ...files: readonly string[]) => files.map((file) => `${lead}/${file}`);
  const rows = {
    'replay link': below(links.replay.token, ...of(b, 'index.m3u8', 'index.mpd', ...media)),
    'its session': below(sessions.replay, ...of(b, 'index.m3u8', 'index.mpd', ...media)),
    'clip link': below(links.clip.token, ...of(c, 'index.m3u8', 'index.mpd')),
    'its session of the clip': below(sessions.clip, ...of(c, 'index.m3u8', 'index.mpd'), ...of(b, ...media)),
    'download link': below(
      links.download.token,
      ...of(b, 'download.mp4', 'index.m3u8', 'v180/1.m4s'),
      `${c}/download.mp4`,
    ),
    'its session with files': below(sessions.download, ...of(b, 'download.mp4', 'v180/1.m4s'), `${c}/download.mp4`),
  };
  const paths = Object.entries(rows).flatMap(([name, all]) => all.map((path) => ({ name, path })));
  const bearers = [
    [`/api/v1/watch-replay/${broadcast}`, links.replay.token],
    [`/api/v1/watch-replay/${broadcast}`, sessions.replay],
    [`/api/v1/watch-clip/${cut.id}`, links.clip.token],
    [`/api/v1/watch-clip/${cut.id}`, sessions.clip],
  ] as const;
  const pops = testPops.map(({ name }) => name);
  const answersAt = async (pop: string) => {
    const asked = [
      ...paths.map(({ name, path }) => ({ name: `${name}: ${path.replace(/^\/t\/[^/]+/, '')}`, path, headers: {} })),
      ...bearers.map(([path, token]) => ({ name: path, path, headers: { authorization: `Bearer ${token}` } })),
    ];
    return Promise.all(
      asked.map(async ({ name, path, headers }) => {
        const { status, text } = await stage.get(path, pop, headers);
        const code = status === 200 ? '' : (JSON.parse(text) as { code: string }).code;
        return `${name} at ${pop}: ${status} ${code}`;
      }),
    );
  };
  const wrong = (answers: readonly string[], wanted: string) => answers.filter((answer) => !answer.endsWith(wanted));
  for (const pop of pops) expect(wrong(await answersAt(pop), ': 200 ')).toEqual([]);
  expect(await stage.edge.inPopCache('sin', `${b}/v180/1.m4s`)).toBe(true);

  for (const { id } of [links.replay, links.clip, links.download]) {
    expect((await stage.person('DELETE', `/links/${id}`)).status).toBe(204);
  }
  for (const pop of pops) {
    const last = rows['its session with files'][1] ?? '';
    await pollUntil(async () => (await stage.get(last, pop)).status === 410, `the revocation at ${pop}`, 20_000);
    expect(wrong(await answersAt(pop), ': 410 token_revoked')).toEqual([]);
    expect((await stage.get(`/t/${links.other.token}${b}/v180/1.m4s`, pop)).status).toBe(200);
  }
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
