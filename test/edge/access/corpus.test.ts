import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, fillOrigin, startAccessStage } from '../../support/access-stage.ts';
import { testSecrets } from '../../support/edge.ts';
import { enterKeys, mintCat, mintJwt, newTestKey } from '../../support/token-mint.ts';
import { wrongRequests } from './corpus.ts';
import { enterListed, siteRequests } from './corpus-sites.ts';

/** RFC 9864; JOSE has the one name for ES256. */
const newerNames: Readonly<Record<string, { readonly jose: string; readonly cose: number } | undefined>> = {
  ES256: { jose: 'ES256', cose: -9 },
  EdDSA: { jose: 'Ed25519', cose: -19 },
};
let at: AccessStage;
const secret = randomBytes(32);

beforeAll(async () => {
  const pops = [
    { name: 'fra', continent: 'EU', country: 'DE' },
    { name: 'nowhere', continent: 'EU' },
  ];
  const vars = { PATHWAYS: [{ id: 'fra', url: 'https://fra.example.com', region: 'weur' }] };
  at = await startAccessStage({ pops, vars });
}, 60_000);
afterAll(() => at?.stage.stop());

test('more than a hundred wrong tokens and URLs, each refused by its code, and nothing of them anywhere', async () => {
  const { edge } = at.stage;
  const other = await edge.addBroadcast('signed');
  fillOrigin(at.stage, other.broadcast);
  const keys = {
    stranger: newTestKey('stranger', 'ES256'),
    elsewhere: newTestKey('elsewhere', 'HS256', { channel: other.channel, secret }),
    retired: newTestKey('retired', 'ES256', { untilMs: Date.now() - 1_000 }),
    killed: newTestKey('killed', 'ES256'),
  };
  await enterKeys(edge, [keys.elsewhere, keys.retired, keys.killed]);
  await edge.sql("UPDATE signing_keys SET killed_ms = 1 WHERE kid = 'killed'");
  // What a good token has brought into memory is there for no bad one.
  for (const file of ['v720/11.m4s', 'v720/12.m4s', 'v720/index.m3u8', 'index.m3u8', 'index.mpd']) {
    for (const pop of ['fra', 'nowhere']) {
      expect((await at.get(`/t/${at.token()}/b/${at.broadcast}/${file}`, { pop })).status, file).toBe(200);
    }
  }
  const listed = await enterListed(at);
  for (const { broadcast } of [listed, listed.signed]) fillOrigin(at.stage, broadcast);
  const asked = at.stage.origin.seen.length;
  const requests = [...wrongRequests(at, keys, other), ...siteRequests(at, listed)];
  expect(requests.length).toBeGreaterThanOrEqual(100);
  const wrong: string[] = [];
  const bodies: string[] = [];
  for (const { name, path, options, status, code } of requests) {
    const reply = await at.get(path, options);
    bodies.push(reply.text, JSON.stringify(reply.headers));
    const given = reply.text.startsWith('{') ? (JSON.parse(reply.text) as { code: string }).code : reply.text;
    if (reply.status !== status || given !== code)
      wrong.push(`${name}: ${reply.status} ${given}, not ${status} ${code}`);
    if (status !== 404 && !/no-store/.test(String(reply.headers['cache-control']))) wrong.push(`${name}: may be kept`);
  }
  expect(wrong).toEqual([]);
  expect(at.stage.origin.seen.slice(asked).filter(({ target }) => !target.includes('index.m3u8'))).toEqual([]);
  // The object is in the PoP's cache under its own name only.
  const media = `/b/${at.broadcast}/v720/12.m4s`;
  expect(await edge.inPopCache('fra', media)).toBe(true);
  expect(await edge.inPopCache('fra', `/t/${at.token()}${media}`)).toBe(false);
  const told = [bodies.join('\n'), edge.logs, JSON.stringify(at.stage.origin.seen), (await at.get('/metrics')).text];
  const tokens = requests.flatMap(({ path }) => /\/t\/([A-Za-z0-9._-]{40,})/.exec(path)?.[1] ?? []);
  const secrets = [
    ...tokens,
    ...Object.values(testSecrets).flatMap((text) => text.split(/[ :]/).filter((part) => part.length > 20)),
  ];
  expect(secrets.filter((text) => told.some((where) => where.includes(text)))).toEqual([]);
});

test('what is right is let in, at the edge of its limits too', async () => {
  const nowS = Math.floor(Date.now() / 1_000);
  const playlist = `/b/${at.broadcast}/v720/index.m3u8`;
  const headers = (more: Record<string, string>) => ({ headers: more });
  const right: [string, Record<string, unknown>, string, Parameters<AccessStage['get']>[1]?][] = [
    ['within the leeway of its end', { exp: nowS - 3 }, playlist],
    ['media a while after its end', { exp: nowS - 30 }, `/b/${at.broadcast}/v720/12.m4s`],
    ['within the leeway of its beginning', { nbf: nowS + 3 }, playlist],
    ['one of several audiences', { aud: ['a', 'headwater'] }, playlist],
    ['the broadcast alone', { res: `broadcast:${at.broadcast}` }, playlist],
    ['the broadcast at its channel', { res: `broadcast:${at.broadcast}` }, `/live/${at.channel}/index.m3u8`],
    ['a country', { geo: ['!US', 'DE'] }, playlist],
    ['any country', { geo: ['*'] }, playlist, { pop: 'nowhere' }],
    ['IPv4', { net: ['203.0.113.0/24', '2001:db8:1::/56'] }, playlist, headers({ 'cf-connecting-ip': '203.0.113.9' })],
    [
      'IPv6',
      { net: ['203.0.113.0/24', '2001:db8:1::/56'] },
      playlist,
      headers({ 'cf-connecting-ip': '2001:db8:1:ff::1' }),
    ],
    ['a site', { sites: ['*.example.com'] }, playlist, headers({ origin: 'https://tv.example.com:8443' })],
    ['a page of ours', { sites: ['127.0.0.1'] }, playlist, headers({ 'sec-fetch-site': 'same-origin' })],
    ['a rendition up to its height', { max_height: 720 }, playlist],
    ['live only', { scp: ['live'] }, playlist],
    ['RFC 9246', { res: undefined, cdniv: 1, cdniuc: `regex:/live/${at.channel}/.*`, cdnicrit: 'cdniuc' }, playlist],
  ];
  for (const [name, claims, path, options] of right) {
    expect((await at.get(`/t/${at.token(claims)}${path}`, options)).status, name).toBe(200);
  }
  for (const key of Object.values(at.keys)) {
    expect((await at.get(`/t/${mintJwt(key, at.claims())}${playlist}`)).status, key.kid).toBe(200);
    const labels = new Map<unknown, unknown>([
      [3, 'headwater'],
      [4, nowS + 60],
      ['res', `channel:${at.channel}`],
    ]);
    expect((await at.get(`/t/${mintCat(key, labels)}${playlist}`)).status, `CAT ${key.kid}`).toBe(200);
    const newer = newerNames[key.algorithm];
    if (!newer) continue;
    const jwt = mintJwt(key, at.claims(), { alg: newer.jose });
    const cat = mintCat(key, labels, { protectedHeaders: new Map([[1, newer.cose]]) });
    for (const token of [jwt, cat]) expect((await at.get(`/t/${token}${playlist}`)).status, newer.jose).toBe(200);
  }
});

test('a limited height shows in the manifests, and is shared by those who have the same', async () => {
  const { text } = await at.get(`/t/${at.token({ max_height: 720 })}/live/${at.channel}/index.m3u8`);
  expect(text).toContain('v720/index.m3u8');
  expect(text).not.toContain('v1080');
});

test('other ways to the same media carry the token too', async () => {
  const token = at.token();
  const { text } = await at.get(`/t/${token}/live/${at.channel}/index.m3u8`);
  expect(text).toContain(`SERVER-URI="/t/${token}/steering/${at.channel}"`);
  expect(text).toContain(`https://fra.example.com/t/${token}/b/${at.broadcast}/v720/index.m3u8`);
  const steering = await at.get(`/t/${token}/steering/${at.channel}`);
  expect(JSON.parse(steering.text)['RELOAD-URI']).toBe(`/t/${token}/steering/${at.channel}`);
  const mpd = await at.get(`/live/${at.channel}/index.mpd?token=${token}`);
  const [, session = ''] = /<Location>(\/t\/s1\.[^/]+)\//.exec(mpd.text) ?? [];
  expect(mpd.text).toContain(`>https://fra.example.com${session}/b/${at.broadcast}/</BaseURL>`);
  expect(mpd.text).toContain(`${session}/steering/${at.channel}</ContentSteering>`);
});
