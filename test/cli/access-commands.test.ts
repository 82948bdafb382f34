import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli, tempFolder } from '../support/cli-run.ts';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start();
});
afterEach(() => api.stop());

const expiresMs = Date.UTC(2099, 0, 1);
const link = {
  ...{ id: 'ln_1', channel: 'news', broadcast: null, clip: null, state: 'active', createdBy: 'admin', expiresMs },
  ...{ usesMax: 3, uses: 1, lastUseMs: null, label: 'press', scopes: ['live'] },
};
const key = {
  ...{ kid: 'pk_1', channel: null, algorithm: 'HS256', use: 'sign', jwksUrl: null, createdMs: 1, untilMs: null },
  ...{ state: 'active', label: '' },
};

function headwater(...args: string[]) {
  return cli(args, { env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' } });
}

it('tells how long a dead origin has been dead, and removes it once that is confirmed', async () => {
  const origin = { id: 'fra-1', load: 0, broadcasts: 0, region: null, version: '0.1.0', url: 'https://o.example' };
  const dead = { ...origin, dead: true, draining: false, seenMs: Date.now() - 3 * 86_400_000 - 60_000 };
  api.json('GET /api/v1/origins', { origins: [dead], next: null });
  const alive = { code: 'conflict', detail: 'Origin fra-1 was heard a moment ago.', reason: 'origin_alive' };
  api.json('DELETE /api/v1/origins/fra-1', alive, 409);
  expect((await headwater('origin', 'remove', 'fra-1', '--yes')).err).toBe(
    'error  Origin fra-1 was heard a moment ago. (conflict, origin_alive)\n  Stop it, then ask again.\n',
  );
  const told = await headwater('origin', 'remove', 'fra-1', '--yes', '--json');
  expect(JSON.parse(told.err).error).toMatchObject({ code: 'conflict', reason: 'origin_alive', status: 409 });
  api.calls.length = 0;
  api.json('DELETE /api/v1/origins/fra-1', null, 204);
  expect((await headwater('origin', 'list')).out).toMatch(/^fra-1 {2}dead for 3 d +0 % /m);
  const asked = await headwater('origin', 'remove', 'fra-1');
  expect([asked.code, asked.err.includes('--yes')]).toEqual([2, true]);
  expect((await headwater('origin', 'remove', 'fra-1', '--yes', '--json')).json).toEqual({ deleted: 'fra-1' });
  expect(api.lines).toEqual(['GET /api/v1/origins?limit=50', 'DELETE /api/v1/origins/fra-1']);
});

it('makes a link and shows its addresses whole', async () => {
  const urls = {
    watch: '/watch/news#token=ey.J',
    embed: '/embed/news?token=ey.J',
    hls: '/t/ey.J/live/news/index.m3u8',
    dash: '/t/ey.J/live/news/index.mpd',
    download: null,
  };
  api.json('POST /api/v1/links', { ...link, token: 'ey.J', urls }, 201);
  const options = [
    '--channel',
    'news',
    '--for',
    'until-end',
    '--uses',
    '3',
    '--site',
    'a.example',
    '--site',
    'b.example',
  ];
  const { code, out } = await headwater('link', 'create', ...options, '--country', '!US', '--label', 'press');
  expect(api.lines).toEqual([
    'POST /api/v1/links {"channel":"news","preset":"until-end","uses":3,"sites":["a.example","b.example"],"countries":["!US"],"label":"press"}',
  ]);
  expect(code).toBe(0);
  expect(out.replace(/\(in \d+ d\)/, '(in … d)')).toBe(
    `link     ln_1
opens    channel news
expires  2099-01-01 00:00:00 UTC (in … d)
watch    ${api.url}/watch/news#token=ey.J
embed    ${api.url}/embed/news?token=ey.J
HLS      ${api.url}/t/ey.J/live/news/index.m3u8
DASH     ${api.url}/t/ey.J/live/news/index.mpd
Whoever has one of these addresses can watch. They are not shown again.
`,
  );
  const { json } = await headwater('link', 'create', '--channel', 'news', '--json');
  expect([json.id, json.token, json.urls.hls]).toEqual(['ln_1', 'ey.J', `${api.url}/t/ey.J/live/news/index.m3u8`]);
});

it('lets a channel be shown on some sites, or on all of them again', async () => {
  const playback = { hls: '/live/news/index.m3u8', dash: '/live/news/index.mpd', watch: '/watch/news' };
  const channel = {
    ...{ id: 'news', title: 'News', state: 'waiting', visibility: 'public', latency: 'low', broadcast: null },
    ...{ sites: ['a.example', '*.b.example'], sourceUrl: null, reconnectWindowMs: 60_000, createdMs: 1, playback },
  };
  api.json('PATCH /api/v1/channels/news', channel);
  api.json('POST /api/v1/channels', channel, 201);
  const sites = ['--site', 'a.example', '--site', '*.b.example'];
  const { out } = await headwater('channel', 'change', 'news', ...sites);
  expect(out).toContain('sites       a.example, *.b.example\n');
  await headwater('channel', 'change', 'news', '--site', 'any');
  await headwater('channel', 'create', '--title', 'News', ...sites);
  expect(api.lines).toEqual([
    'PATCH /api/v1/channels/news {"sites":["a.example","*.b.example"]}',
    'PATCH /api/v1/channels/news {"sites":null}',
    'POST /api/v1/channels {"title":"News","sites":["a.example","*.b.example"]}',
  ]);
});

it('ties a link to networks, a time range and what happens when a viewer has too many screens', async () => {
  api.json('POST /api/v1/links', { ...link, token: 'ey.J', urls: {} }, 201);
  const time = (text: string) => [
    '--renew-until',
    text,
    '--start',
    '2099-01-01T00:00:00Z',
    '--end',
    '2099-01-01T01:00:00Z',
  ];
  const screens = ['--viewer', 'ada', '--max-streams', '2', '--when-full', 'end-oldest'];
  const nets = ['--net', '192.0.2.0/24', '--net', '2001:db8::/56'];
  const made = [
    'link',
    'create',
    '--channel',
    'news',
    '--for',
    '1h',
    ...time('2099-01-02T00:00:00Z'),
    ...screens,
    ...nets,
  ];
  expect((await headwater(...made)).code).toBe(0);
  expect(JSON.parse(api.lines[0]?.slice('POST /api/v1/links '.length) ?? '')).toEqual({
    ...{ channel: 'news', preset: '1h', renewUntilMs: Date.UTC(2099, 0, 2), viewer: 'ada' },
    ...{ net: ['192.0.2.0/24', '2001:db8::/56'], maxStreams: 2, whenFull: 'end-oldest' },
    ...{ start: Date.UTC(2099, 0, 1) / 1_000, end: Date.UTC(2099, 0, 1, 1) / 1_000 },
  });
  const alone = await headwater('link', 'create', '--channel', 'news', '--when-full', 'end-oldest');
  expect([alone.code, api.lines.length]).toEqual([2, 1]);
});

it('lists links and revokes one', async () => {
  api.json('GET /api/v1/links', { links: [link], next: null });
  api.json('DELETE /api/v1/links/ln_1', null, 204);
  const { out } = await headwater('link', 'list', '--channel', 'news');
  expect(out.replace(/in \d+ d/, 'in … d').replaceAll(/ +/g, ' ')).toBe(
    'ID OPENS STATE EXPIRES USES LAST USE BY LABEL\nln_1 channel news active in … d 1 of 3 – admin press\n',
  );
  const revoked = await headwater('link', 'revoke', 'ln_1', '--json');
  expect(revoked.json).toEqual({ revoked: 'ln_1' });
  expect(api.lines).toEqual(['GET /api/v1/links?channel=news&limit=50', 'DELETE /api/v1/links/ln_1']);
});

it('revokes a viewer, and asks before it does', async () => {
  api.json('POST /api/v1/revocations', { id: 'rv_1', kind: 'viewer', value: 'ada', untilMs: expiresMs }, 201);
  expect((await headwater('revoke', 'viewer', 'ada')).code).toBe(2);
  const { out } = await headwater('revoke', 'viewer', 'ada', '--yes', '--label', 'asked to');
  expect(out).toBe(
    'Revoked viewer ada until 2099-01-01 00:00:00 UTC (rv_1). Tokens made from now on are good again.\n',
  );
  expect((await headwater('revoke', 'session', 's1')).code).toBe(0);
  expect(api.lines).toEqual([
    'POST /api/v1/revocations {"kind":"viewer","value":"ada","label":"asked to"}',
    'POST /api/v1/revocations {"kind":"session","value":"s1"}',
  ]);
});

it('makes, lists, rotates and kills signing keys', async () => {
  api.json('POST /api/v1/signing-keys', { ...key, secret: 'c2VjcmV0' }, 201);
  api.json('GET /api/v1/signing-keys', { keys: [key], next: null });
  api.json(
    'POST /api/v1/signing-keys/pk_1/rotate',
    { key: { ...key, kid: 'pk_2' }, old: { ...key, untilMs: expiresMs } },
    201,
  );
  api.json('DELETE /api/v1/signing-keys/pk_1', null, 204);
  const made = await headwater('signing-key', 'create');
  expect(made.out).toBe(
    'kid        pk_1\nalgorithm  HS256\nchannel    all\nstate      active\nsecret     c2VjcmV0\nThe secret is not shown again.\n',
  );
  expect((await headwater('signing-key', 'list')).out).toContain('pk_1  active  HS256      sign  all');
  const rotated = await headwater('signing-key', 'rotate', 'pk_1', '--overlap', '2d');
  expect(rotated.out).toContain('The old key pk_1 is accepted until 2099-01-01 00:00:00 UTC.');
  expect((await headwater('signing-key', 'kill', 'pk_1')).code).toBe(2);
  expect((await headwater('signing-key', 'kill', 'pk_1', '--yes', '--json')).json).toEqual({ killed: 'pk_1' });
  expect(api.lines).toEqual([
    'POST /api/v1/signing-keys {"algorithm":"HS256"}',
    'GET /api/v1/signing-keys?limit=50',
    'POST /api/v1/signing-keys/pk_1/rotate {"overlapMs":172800000}',
    'DELETE /api/v1/signing-keys/pk_1',
  ]);
});

it('imports a public key or a key set; a private key is not sent', async () => {
  const folder = tempFolder();
  const publicJwk = { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'mine' };
  writeFileSync(join(folder.path, 'public.json'), JSON.stringify(publicJwk));
  writeFileSync(join(folder.path, 'private.json'), JSON.stringify({ ...publicJwk, d: 'the-secret' }));
  api.json('POST /api/v1/signing-keys', { ...key, kid: 'mine', use: 'verify' }, 201);
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  const importKey = (...args: string[]) => cli(['signing-key', 'import', ...args], { env, cwd: folder.path });
  expect((await importKey('--jwk', 'public.json', '--channel', 'news')).code).toBe(0);
  expect((await importKey('--jwks-url', 'https://a.example/jwks.json')).code).toBe(0);
  expect(api.lines).toEqual([
    `POST /api/v1/signing-keys {"channel":"news","jwk":${JSON.stringify(publicJwk)}}`,
    'POST /api/v1/signing-keys {"jwksUrl":"https://a.example/jwks.json"}',
  ]);
  const refused = await importKey('--jwk', 'private.json');
  expect([refused.code, refused.err.includes('(jwk_private)'), api.calls.length]).toEqual([1, true, 2]);
  expect(refused.err).not.toContain('the-secret');
  expect((await importKey('--jwk', 'gone.json')).err).toContain('(jwk_unreadable)');
  expect((await importKey()).code).toBe(2);
  folder.remove();
});
