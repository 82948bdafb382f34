import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { hashToken, writeOwnKey } from '../../origin/config/wire-file.ts';
import { loadWire } from '../../origin/wire.ts';

const joinToken = `jt_${'0'.repeat(20)}_${'1'.repeat(32)}`;
const secret = 's'.repeat(64);
let dataDir: string;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'headwater-wire-')), 'data');
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

const settings = (more: object = {}) => ({
  ...{ originId: 'fra-1', controlUrl: 'http://live.example', dataDir, wireKeys: undefined, joinToken: undefined },
  ...more,
});
const load = (more: object = {}) => loadWire(settings(more), '0.1.0');

/** A control plane that always answers so. */
async function controlPlane(status: number, body: string) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(Buffer.concat(await request.toArray()).toString());
    response.writeHead(status, { location: '/elsewhere' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

it('takes the keys of the deployment where it has them, all of them', async () => {
  const { keys } = await load({ wireKeys: `k2:${secret} k1:${secret}`, joinToken });
  expect(keys.map(({ kid }) => kid)).toEqual(['k2', 'k1']);
});

it('goes on with the key that it keeps, with the token that it was had for or without', async () => {
  writeOwnKey(dataDir, { origin: 'fra-1', kid: 'ok_1', secret, tokenHash: hashToken(joinToken) });
  for (const more of [{}, { joinToken }]) expect((await load(more)).keys.map(({ kid }) => kid)).toEqual(['ok_1']);
});

it.each([
  [
    'nothing',
    null,
    /joinToken \(HEADWATER_JOIN_TOKEN\): it is missing, and .+ has no key of an earlier start\n.*headwater origin join-token/,
  ],
  ['half a file', '{"origin":', /it is missing/],
  [
    'the key of another origin',
    JSON.stringify({ origin: 'ams-1', kid: 'ok_1', secret, tokenHash: '' }),
    /of the origin ams-1/,
  ],
])('without a token and with %s it says what to do', async (_, text, words) => {
  mkdirSync(dataDir);
  if (text !== null) writeFileSync(join(dataDir, 'wire-key.json'), text);
  await expect(load()).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringMatching(words) });
});

it('asks for no key into a folder that has the key of another origin, whatever token it has', async () => {
  const { controlUrl, asked } = await controlPlane(200, JSON.stringify({ origin: 'fra-1', kid: 'ok_2', secret }));
  const other = { origin: 'ams-1', kid: 'ok_1', secret, tokenHash: hashToken(joinToken) };
  writeOwnKey(dataDir, other);
  for (const token of [joinToken, `jt_${'2'.repeat(20)}_${'3'.repeat(32)}`]) {
    await expect(load({ joinToken: token, controlUrl })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /of the origin ams-1, not of fra-1\n.*HEADWATER_DATA_DIR.*HEADWATER_ORIGIN_ID to ams-1/,
      ),
    });
  }
  expect([asked, keptFile()]).toEqual([[], other]);
});

it('sends its token over TLS only, but for this machine', async () => {
  for (const host of ['live.example', '10.0.0.1', '127.0.0.1.example', 'localhost.example']) {
    await expect(load({ joinToken, controlUrl: `http://${host}` })).rejects.toMatchObject({ code: 'join_insecure' });
  }
});

const failures: [number, string, string][] = [
  [302, '', 'join_redirected'],
  [503, '', 'join_unreachable'],
  [429, '{}', 'join_unreachable'],
  [401, '{"detail":"This is no join token.","reason":"join_token_unknown"}', 'join_refused'],
  [404, '', 'join_refused'],
  [200, '{"origin":"ams-1","kid":"k","secret":"s"}', 'join_refused'],
  [200, '{"origin":"fra-1","kid":"ok_2","secret":null}', 'join_refused'],
];

it.each(failures)('an answer of %i %s is %s, and nothing is kept', async (status, body, code) => {
  const { controlUrl } = await controlPlane(status, body);
  const failure = await load({ joinToken, controlUrl }).catch((error: Error) => error);
  expect(failure).toMatchObject({ code });
  expect(String(failure)).not.toContain(joinToken);
  await expect(load()).rejects.toThrow('it is missing');
});

const keep = () =>
  writeOwnKey(dataDir, { origin: 'fra-1', kid: 'ok_1', secret, tokenHash: hashToken('another token') });
const keptFile = () => JSON.parse(readFileSync(join(dataDir, 'wire-key.json'), 'utf8'));

it.each(failures)(
  'with a key that it keeps it goes on after an answer of %i %s, and says %s',
  async (status, body, code) => {
    keep();
    const { controlUrl } = await controlPlane(status, body);
    const { keys, hasJoined, joinFailure } = await load({ joinToken, controlUrl });
    expect([keys.map(({ kid }) => kid), hasJoined, joinFailure?.code]).toEqual([['ok_1'], false, code]);
    expect(keptFile()).toMatchObject({ kid: 'ok_1', secret, tokenHash: hashToken('another token') });
  },
);

it('goes on with the key that it keeps where nobody answers, and where its token would not go over TLS', async () => {
  keep();
  for (const [controlUrl, code] of [
    ['http://127.0.0.1:9', 'join_unreachable'],
    ['http://live.example', 'join_insecure'],
  ]) {
    expect(await load({ joinToken, controlUrl })).toMatchObject({ keys: [{ kid: 'ok_1' }], joinFailure: { code } });
  }
});

it('asks once about another token, and keeps its key where that still holds', async () => {
  keep();
  const { controlUrl, asked } = await controlPlane(200, '{"origin":"fra-1","kid":"ok_1","secret":null}');
  for (let start = 0; start < 2; start++) {
    expect(await load({ joinToken, controlUrl })).toEqual({
      keys: [expect.objectContaining({ kid: 'ok_1' })],
      hasJoined: false,
    });
  }
  expect(asked.map((text) => JSON.parse(text))).toEqual([
    { token: joinToken, origin: 'fra-1', version: '0.1.0', kid: 'ok_1' },
  ]);
  expect(keptFile()).toEqual({ origin: 'fra-1', kid: 'ok_1', secret, tokenHash: hashToken(joinToken) });
});

it('takes the key that another token brings, in place of the one that it keeps', async () => {
  keep();
  const answer = { origin: 'fra-1', kid: 'ok_2', secret: 'n'.repeat(64) };
  const { controlUrl } = await controlPlane(200, JSON.stringify(answer));
  expect(await load({ joinToken, controlUrl })).toMatchObject({ keys: [{ kid: 'ok_2' }], hasJoined: true });
  expect(keptFile()).toEqual({ ...answer, tokenHash: hashToken(joinToken) });
});
