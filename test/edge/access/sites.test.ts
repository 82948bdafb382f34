import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, fillOrigin, startAccessStage } from '../../support/access-stage.ts';
import { enterListed, type ListedMedia, pathsOf } from './corpus-sites.ts';

let at: AccessStage;
let listed: ListedMedia;

beforeAll(async () => {
  const pops = [{ name: 'fra', continent: 'EU', country: 'DE' }];
  const vars = { PATHWAYS: [{ id: 'fra', url: 'https://fra.example.com', region: 'weur' }] };
  at = await startAccessStage({ pops, vars });
  listed = await enterListed(at);
  for (const { broadcast } of [listed, listed.signed]) fillOrigin(at.stage, broadcast);
}, 60_000);
afterAll(() => at?.stage.stop());

const on = (host: string) => ({ headers: { origin: `https://${host}` } });
const here = () => new URL(at.stage.edge.url('fra')).host;

/** Begins a session as our page does in a frame, and answers status, code and document. */
async function begin(body: object, token = '', origin = `http://${here()}`) {
  const response = await fetch(new URL('/api/v1/session', at.stage.edge.url('fra')), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as { code?: string; session: string; hls: string; expiresMs: number | null };
  return { ...json, status: response.status };
}

async function codeAt(path: string, headers: Record<string, string>): Promise<number | string> {
  const { status, text } = await at.get(path, { headers });
  return status === 200 ? 200 : (JSON.parse(text) as { code: string }).code;
}

const framed = () => ({ 'sec-fetch-site': 'same-origin' });

test('pages of the sites that a channel lists get everything of it, and what they get is theirs alone', async () => {
  for (const host of ['example.com', 'tv.example.net', 'example.net', 'example.com:8443']) {
    const reply = await at.get(`/b/${listed.broadcast}/v720/index.m3u8`, on(host));
    expect([host, reply.status, reply.headers['cache-control']]).toEqual([host, 200, expect.stringMatching(/private/)]);
  }
  for (const path of pathsOf(listed)) {
    expect((await at.get(path, on('example.com'))).text, path).not.toContain('site_refused');
  }
  const manifest = await at.get(`/live/${listed.channel}/index.m3u8`, {
    headers: { referer: 'https://example.com/a' },
  });
  expect(manifest.text).toContain(`https://fra.example.com/b/${listed.broadcast}/v720/index.m3u8`);
  expect(manifest.text).toContain(`SERVER-URI="/steering/${listed.channel}"`);
  const token = at.token({ res: `channel:${listed.signed.channel}` });
  expect((await at.get(`/t/${token}/b/${listed.signed.broadcast}/v720/12.m4s`, on('example.com'))).status).toBe(200);
});

test('our page in a frame plays what is open by a session for that page on that site', async () => {
  const { channel, broadcast, clip } = listed;
  const { session, hls } = await begin({ channel, embeddedOn: 'example.com' });
  expect(hls).toBe(`/t/${session}/live/${channel}/index.m3u8`);
  for (const wish of [{ broadcast }, { clip }]) {
    expect(await begin({ ...wish, embeddedOn: 'tv.example.net' })).toMatchObject({
      status: 201,
      session: expect.stringMatching(/^s1\./),
    });
  }
  const media = `/t/${session}/b/${broadcast}/v720/12.m4s`;
  expect(await codeAt(hls, framed())).toBe(200);
  expect(await codeAt(media, framed())).toBe(200);
  expect(await codeAt(media, { origin: `http://${here()}` })).toBe(200);
  expect(await codeAt(media, {})).toBe('site_refused');
  expect(await codeAt(media, { origin: 'https://example.org' })).toBe('site_refused');
  const bearer = { ...framed(), authorization: `Bearer ${session}` };
  expect(await codeAt(`/api/v1/watch/${channel}`, bearer)).toBe(200);
  expect(await codeAt(`/api/v1/watch/${channel}`, framed())).toBe('site_refused');
});

test('a session without a token opens nothing that takes one, and nothing once its site is taken off the list', async () => {
  const { edge } = at.stage;
  const other = await edge.addBroadcast();
  fillOrigin(at.stage, other.broadcast);
  const list = (sites: string) => edge.sql('UPDATE channels SET sites = ?2 WHERE id = ?1', other.channel, sites);
  await list('["example.com"]');
  const { session } = await begin({ channel: other.channel, embeddedOn: 'example.com' });
  const path = `/t/${session}/live/${other.channel}/index.m3u8`;
  expect(await codeAt(path, framed())).toBe(200);
  await list('["example.net"]');
  await expect.poll(() => codeAt(path, framed()), { timeout: 10_000 }).toBe('site_refused');
  await list('["example.com"]');
  await edge.sql("UPDATE channels SET visibility = 'signed' WHERE id = ?1", other.channel);
  await expect.poll(() => codeAt(path, framed()), { timeout: 10_000 }).toBe('token_missing');
});

test('nobody but our own page is believed where it is shown, and an open channel takes no session', async () => {
  const { channel } = listed;
  const refused = { status: 403, code: 'site_refused' };
  expect(await begin({ channel, embeddedOn: 'example.org' })).toMatchObject(refused);
  expect(await begin({ channel, embeddedOn: 'example.com' }, '', 'https://evil.example.org')).toMatchObject(refused);
  expect(await begin({ channel })).toMatchObject(refused);
  expect(await begin({ channel }, '', 'https://example.com')).toMatchObject({
    ...{ status: 201, session: null, expiresMs: null },
    hls: `/live/${channel}/index.m3u8`,
  });
  const open = await at.stage.edge.addBroadcast();
  expect(await begin({ channel: open.channel, embeddedOn: 'example.org' })).toMatchObject({
    status: 201,
    session: null,
  });
});

test('a token plays in a frame only where its channel may be shown, whatever sites it names itself', async () => {
  const { channel, broadcast } = listed.signed;
  const token = (sites?: readonly string[]) => at.token({ res: `channel:${channel}`, ...(sites && { sites }) });
  const status = async (sites: readonly string[] | undefined, embeddedOn: string) =>
    (await begin({ channel, embeddedOn }, token(sites))).status;
  expect(await status(undefined, 'example.com')).toBe(201);
  expect(await status(undefined, 'example.org')).toBe(403);
  expect(await status(['example.org'], 'example.org')).toBe(403);
  expect(await status(['example.org', 'example.com'], 'example.com')).toBe(201);
  const { session } = await begin({ channel, embeddedOn: 'example.com' }, token());
  const media = `/t/${session}/b/${broadcast}/v720/12.m4s`;
  expect(await codeAt(media, framed())).toBe(200);
  expect(await codeAt(media, { origin: 'https://example.com' })).toBe('site_refused');
});
