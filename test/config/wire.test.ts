import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('takes the keys of the deployment where it has them, all of them', async () => {
  const { keys } = await load({ wireKeys: `k2:${secret} k1:${secret}`, joinToken });
  expect(keys.map(({ kid }) => kid)).toEqual(['k2', 'k1']);
});

it('goes on with the key that it keeps, with the token that it was had for or without', async () => {
  writeOwnKey(dataDir, { origin: 'fra-1', kid: 'ok_1', secret, tokenHash: hashToken(joinToken) });
  for (const more of [{}, { joinToken }]) expect((await load(more)).keys.map(({ kid }) => kid)).toEqual(['ok_1']);
});

it.each([
  ['nothing', null, /joinToken \(HEADWATER_JOIN_TOKEN\): it is missing\n.*headwater origin join-token/],
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

it('sends its token over TLS only, but for this machine', async () => {
  for (const host of ['live.example', '10.0.0.1', '127.0.0.1.example', 'localhost.example']) {
    await expect(load({ joinToken, controlUrl: `http://${host}` })).rejects.toMatchObject({ code: 'join_insecure' });
  }
});

it.each([
  [302, '', 'join_redirected'],
  [503, '', 'join_unreachable'],
  [429, '{}', 'join_unreachable'],
  [401, '{"detail":"This is no join token.","reason":"join_token_unknown"}', 'join_refused'],
  [404, '', 'join_refused'],
  [200, '{"origin":"ams-1","kid":"k","secret":"s"}', 'join_refused'],
])('an answer of %i %s is %s, and nothing is kept', async (status, body, code) => {
  const server = createServer((_, response) => response.writeHead(status, { location: '/elsewhere' }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const controlUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failure = await load({ joinToken, controlUrl }).catch((error: Error) => error);
  expect(failure).toMatchObject({ code });
  expect(String(failure)).not.toContain(joinToken);
  await expect(load()).rejects.toThrow('it is missing');
  server.closeAllConnections();
  server.close();
});
