import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AccessPops, accessSecret, popNames } from '../../support/access-pops.ts';

let pops: AccessPops;
let jwksServer: Server;
let jwksBody: () => { status?: number; headers?: Record<string, string>; body: string };
let jwksRequests = 0;
let jwksUrl = '';

beforeAll(async () => {
  jwksServer = createServer((_, response) => {
    jwksRequests++;
    const { status = 200, headers = {}, body } = jwksBody();
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => jwksServer.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(jwksServer.address() as AddressInfo).port}`;
  jwksUrl = `http://${host}/keys.json`;
  pops = await AccessPops.start({ JWKS_HOSTS: host });
}, 60_000);
afterAll(async () => {
  await pops?.stop();
  jwksServer?.close();
});
beforeEach(() => pops.sql('DELETE FROM signing_keys'));

async function customer(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid };
  const token = await new SignJWT({ sub: 'v' }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
  return { jwk, token, privateJwk: { ...(await exportJWK(privateKey)), kid } };
}

test.each(['HS256', 'ES256', 'EdDSA'])(
  'a %s key is made in the Worker, its secret told once or never',
  async (algorithm) => {
    const made = await pops.api('POST', '/signing-keys', { algorithm, label: 'main' });
    expect([made.status, made.json.algorithm, made.json.use, made.json.state]).toEqual([
      201,
      algorithm,
      'sign',
      'active',
    ]);
    const { kid, secret } = made.json;
    expect(kid).toMatch(/^pk_[0-9a-z]{20}$/);
    expect(secret === undefined).toBe(algorithm !== 'HS256');
    const read = await pops.api('GET', `/signing-keys/${kid}`);
    expect(read.json).not.toHaveProperty('secret');
    expect(read.json.keys).toHaveLength(algorithm === 'HS256' ? 0 : 1);
    expect(read.text).not.toMatch(/sealed|"d"|"k"/);
    expect((await pops.api('GET', '/signing-keys')).json.keys.map((key: { kid: string }) => key.kid)).toEqual([kid]);
    const [row] = await pops.sql('SELECT * FROM signing_keys');
    expect(row?.sealed).toMatch(/^a1\.[\w-]+\.[\w-]+$/);
    expect(JSON.stringify(row)).not.toContain(secret ?? accessSecret);
    for (const pop of popNames) {
      expect((await pops.ask(pop, 'GET', `/key/${kid}`)).json).toEqual({ algorithm, channel: null, untilMs: null });
    }
  },
);

test('the revealed secret makes tokens that every PoP takes, and the public set checks tokens made here', async () => {
  const { json: hs } = await pops.api('POST', '/signing-keys', { algorithm: 'HS256' });
  const secret = Buffer.from(hs.secret, 'base64url');
  const token = await new SignJWT({ sub: 'v' }).setProtectedHeader({ alg: 'HS256', kid: hs.kid }).sign(secret);
  expect((await pops.ask('sin', 'POST', '/verify', token)).json.payload).toEqual({ sub: 'v' });
  await pops.sql("INSERT OR IGNORE INTO channels (id, title, created_ms) VALUES ('keyed', 'K', 1)");
  const { json: es } = await pops.api('POST', '/signing-keys', { algorithm: 'ES256', channel: 'keyed' });
  const { json: link } = await pops.api('POST', '/links', { channel: 'keyed' });
  const set = await pops.ask('nyc', 'GET', '/api/v1/jwks');
  expect(set.json.keys).toEqual([
    { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid: es.kid, alg: 'ES256', use: 'sig' },
  ]);
  const { payload } = await jwtVerify(link.token, await importJWK(set.json.keys[0]));
  expect(payload.jti).toBe(link.id);
});

test('a rotated key is accepted until its overlap ends, and signs nothing more', async () => {
  const { json: old } = await pops.api('POST', '/signing-keys', { algorithm: 'EdDSA', label: 'evening' });
  const rotated = await pops.api('POST', `/signing-keys/${old.kid}/rotate`, { overlapMs: 60_000 });
  expect(rotated.status).toBe(201);
  expect(rotated.json.old).toMatchObject({ kid: old.kid, state: 'retiring' });
  expect(rotated.json.key).toMatchObject({ algorithm: 'EdDSA', label: 'evening', state: 'active' });
  const untilMs = rotated.json.old.untilMs;
  expect((await pops.ask('nyc', 'GET', `/key/${old.kid}`)).json.untilMs).toBe(untilMs);
  await pops.sql("INSERT OR IGNORE INTO channels (id, title, created_ms) VALUES ('turned', 'T', 1)");
  expect((await pops.api('POST', '/links', { channel: 'turned' })).json.kid).toBe(rotated.json.key.kid);
  expect((await pops.api('POST', `/signing-keys/${old.kid}/rotate`)).json).toMatchObject({
    code: 'conflict',
    state: 'retiring',
  });
  await pops.sql('UPDATE signing_keys SET until_ms = 1 WHERE kid = ?1', old.kid);
  expect((await pops.api('GET', `/signing-keys/${old.kid}`)).json.state).toBe('ended');
  expect((await pops.ask('sin', 'GET', `/key/${old.kid}`)).json).toBeNull();
});

test('without a word about it, the overlap is as long as the longest link', async () => {
  const { json: old } = await pops.api('POST', '/signing-keys', { algorithm: 'HS256' });
  const { json } = await pops.api('POST', `/signing-keys/${old.kid}/rotate`);
  expect(json.old.untilMs - json.old.signsUntilMs).toBe(30 * 86_400_000);
  expect(json.key.secret).toMatch(/^[\w-]{43}$/);
});

test('a killed key is gone from the catalogue’s secrets, is revoked, and its id stays taken', async () => {
  const { jwk } = await customer('mine');
  await pops.api('POST', '/signing-keys', { jwk });
  const { json: made } = await pops.api('POST', '/signing-keys', { algorithm: 'ES256' });
  for (const kid of ['mine', made.kid]) {
    expect((await pops.api('DELETE', `/signing-keys/${kid}`)).status).toBe(204);
    expect((await pops.api('DELETE', `/signing-keys/${kid}`)).status).toBe(204);
    expect((await pops.api('GET', `/signing-keys/${kid}`)).json).toMatchObject({ state: 'killed' });
    const { json } = await pops.api('GET', '/revocations?kind=key&limit=1');
    expect(json.revocations).toMatchObject([{ kind: 'key', value: kid, issuedBeforeMs: null }]);
  }
  expect(await pops.sql('SELECT 1 FROM signing_keys WHERE sealed IS NOT NULL')).toEqual([]);
  expect((await pops.ask('nyc', 'GET', '/api/v1/jwks')).json.keys).toEqual([]);
  expect((await pops.api('POST', '/signing-keys', { jwk })).json).toMatchObject({
    code: 'conflict',
    reason: 'kid_taken',
  });
  expect((await pops.api('DELETE', '/signing-keys/nothing')).status).toBe(404);
});

test('a customer’s public key opens what it is for', async () => {
  await pops.sql("INSERT OR IGNORE INTO channels (id, title, created_ms) VALUES ('theirs', 'T', 1)");
  const { jwk, token, privateJwk } = await customer('acme-2026');
  const imported = await pops.api('POST', '/signing-keys', { jwk, channel: 'theirs', label: 'Acme' });
  expect(imported.json).toMatchObject({ kid: 'acme-2026', algorithm: 'ES256', use: 'verify', channel: 'theirs' });
  expect((await pops.ask('sin', 'POST', '/verify', token)).json).toMatchObject({
    payload: { sub: 'v' },
    channel: 'theirs',
  });
  const { kid: _, ...nameless } = jwk;
  expect((await pops.api('POST', '/signing-keys', { jwk: nameless })).json.kid).toMatch(/^[\w-]{43}$/);
  const refused = [
    privateJwk,
    { kty: 'oct', k: 'c2VjcmV0' },
    { ...jwk, kid: '../x' },
    { ...jwk, x: jwk.y },
    { ...jwk, use: 'enc' },
    {},
  ];
  for (const wrong of refused) {
    const answer = await pops.api('POST', '/signing-keys', { jwk: wrong });
    expect([answer.status, answer.json.code], JSON.stringify(wrong)).toEqual([400, 'bad_request']);
    expect(answer.text).not.toContain(privateJwk.d);
  }
  expect((await pops.api('POST', '/signing-keys', { jwk, algorithm: 'HS256' })).status).toBe(400);
  expect((await pops.api('POST', '/signing-keys', { algorithm: 'HS256', channel: 'nobody' })).status).toBe(404);
  expect((await pops.api('POST', `/signing-keys/acme-2026/rotate`)).json.code).toBe('conflict');
});

test('a customer’s key set is read, kept for every PoP, and read again for a key that it did not have', async () => {
  const [first, second] = [await customer('set-1'), await customer('set-2')];
  const rsa = { kty: 'RSA', n: 'x', e: 'AQAB', kid: 'rsa' };
  jwksBody = () => ({ body: JSON.stringify({ keys: [rsa, first.jwk] }) });
  const { json: set } = await pops.api('POST', '/signing-keys', { jwksUrl });
  expect(set.keys.map((key: { kid: string }) => key.kid)).toEqual(['set-1']);
  const before = jwksRequests;
  for (const pop of popNames) expect((await pops.ask(pop, 'POST', '/verify', first.token)).json.payload.sub).toBe('v');
  jwksBody = () => ({ body: JSON.stringify({ keys: [first.jwk, second.jwk] }) });
  expect((await pops.ask('fra', 'POST', '/verify', second.token)).json).toBeNull();
  expect(jwksRequests).toBe(before);
  await pops.sql('UPDATE signing_keys SET tried_ms = tried_ms - 31000, fetched_ms = fetched_ms - 31000');
  expect((await pops.ask('fra', 'POST', '/verify', second.token)).json.payload.sub).toBe('v');
  for (const pop of popNames) expect((await pops.ask(pop, 'POST', '/verify', second.token)).json.payload.sub).toBe('v');
  expect((await pops.ask('nyc', 'GET', '/key/set-3')).json).toBeNull();
  expect(jwksRequests).toBe(before + 1);
  await pops.api('DELETE', `/signing-keys/${set.kid}`);
  const { json } = await pops.api('GET', '/revocations?kind=key&limit=2');
  expect(json.revocations.map((revocation: { value: string }) => revocation.value).sort()).toEqual(['set-1', 'set-2']);
});

test('one key set of two channels: each opens its own, and the end of one, or a key of the same id, ends nothing of the other', async () => {
  const { jwk, token } = await customer('login-1');
  jwksBody = () => ({ body: JSON.stringify({ keys: [jwk] }) });
  for (const id of ['one', 'two']) {
    await pops.sql('INSERT OR IGNORE INTO channels (id, title, created_ms) VALUES (?1, ?1, 1)', id);
  }
  const enter = (channel: string, body: object) => pops.api('POST', '/signing-keys', { ...body, channel });
  const { json: first } = await enter('one', { jwksUrl });
  expect((await enter('two', { jwksUrl })).status).toBe(201);
  const opens = async (channel: string) => (await pops.ask('sin', 'POST', `/verify?channel=${channel}`, token)).json;
  expect(await opens('one')).toMatchObject({ payload: { sub: 'v' }, channel: 'one' });
  expect(await opens('two')).toMatchObject({ payload: { sub: 'v' }, channel: 'two' });
  await pops.api('DELETE', `/signing-keys/${first.kid}`);
  const { jwk: another } = await customer('login-1');
  expect((await enter('one', { jwk: another })).json.kid).toBe('login-1');
  await pops.ask('sin', 'GET', '/key/nobody'); // reads what there is now
  expect(await opens('two')).toMatchObject({ payload: { sub: 'v' }, channel: 'two' });
  await pops.api('DELETE', '/signing-keys/login-1');
  const nobody = { link: null, session: null, viewer: null, broadcast: null, issuedMs: 0 };
  const isRevoked = async (channel: string) =>
    (await pops.ask('sin', 'POST', '/is-revoked', { ...nobody, kid: 'login-1', owner: channel, channel })).json;
  expect([await isRevoked('one'), await isRevoked('two')]).toEqual([true, false]);
});

test.each([
  ['a redirect', 'status', () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' })],
  ['an error', 'status', () => ({ status: 500, body: '{}' })],
  ['a page', 'not_a_key_set', () => ({ body: '<html>' })],
  ['something endless', 'too_large', () => ({ body: ' '.repeat(70_000) })],
  ['too many keys', 'too_large', () => ({ body: JSON.stringify({ keys: Array(40).fill({}) }) })],
  ['secrets only', 'no_keys', () => ({ body: JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a' }] }) })],
])('a key set that is %s is refused', async (_, reason, body) => {
  jwksBody = body;
  const answer = await pops.api('POST', '/signing-keys', { jwksUrl });
  expect([answer.status, answer.json.reason]).toEqual([400, reason]);
});

test.each([
  'http://example.com/jwks',
  'https://example.com/jwks',
  'http://127.0.0.1:1/',
  'https://169.254.169.254/',
  'https://u:p@a.test/',
  'file:///etc/passwd',
])('nothing is asked of %s', async (url) => {
  expect((await pops.api('POST', '/signing-keys', { jwksUrl: url })).json).toMatchObject({
    code: 'bad_request',
    reason: 'url',
  });
});
