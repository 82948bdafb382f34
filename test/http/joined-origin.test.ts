import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteSecrets } from '../support/canary-notes.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { pollUntil } from '../support/poll.ts';
import { RealOrigin } from '../support/real-origin.ts';

let edge: Edge;
let folder: string;
let origin: RealOrigin | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-joined-'));
  edge = await startEdge({ originUrl: 'http://127.0.0.1:9', pops: [{ name: 'fra', continent: 'EU' }] });
}, 60_000);
afterAll(async () => {
  await origin?.stop();
  await edge?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (joinToken: string | null) => {
  origin = await RealOrigin.start({ folder, controlUrl: edge.url(), joinToken });
};
const listed = async () =>
  (await edge.person('GET', '/origins')).json.origins.find(({ id }: { readonly id: string }) => id === 'origin-1');
const code = async (path: string) => ((await (await fetch(new URL(path, edge.url()))).json()) as { code: string }).code;

test('an origin joins with a token, is asked by PoPs with its own key, and comes back with what it kept', async () => {
  const { token } = (await edge.person('POST', '/join-tokens')).json;
  noteSecrets({ joinToken: token });
  await start(token);
  const file = join(folder, 'data/wire-key.json');
  const { kid, secret } = JSON.parse(readFileSync(file, 'utf8'));
  noteSecrets({ originSecret: secret });
  expect([statSync(file).mode & 0o777, statSync(join(folder, 'data')).mode & 0o077]).toEqual([0o600, 0]);
  expect(await listed()).toMatchObject({ key: kid, dead: false, capacity: expect.any(Number) });

  // It has no such broadcast, and says so to nobody but a PoP that signs with its key.
  const { broadcast } = await edge.addBroadcast('public', 'origin-1');
  expect(await code(`/b/${broadcast}/v720/1.m4s`)).toBe('not_found');
  expect(edge.logs).not.toContain('unauthorized');

  await origin?.stop();
  await start(null);
  expect(JSON.parse(readFileSync(file, 'utf8')).kid).toBe(kid);
  await pollUntil(async () => (await listed()).dead === false, 'the origin to be heard again');
  expect(JSON.stringify(origin?.log)).not.toContain(secret);

  await edge.person('DELETE', '/origins/origin-1/key');
  await pollUntil(
    async () =>
      origin?.log.some(({ event, reason }) => event === 'control_refused' && reason === 'key_revoked') === true,
    'its heartbeats to be refused',
  );
  await origin?.stop();
  const again = (await edge.person('POST', '/join-tokens', { origin: 'origin-1' })).json;
  noteSecrets({ secondJoinToken: again.token });
  await start(again.token);
  const second = JSON.parse(readFileSync(file, 'utf8'));
  noteSecrets({ secondOriginSecret: second.secret });
  expect(await listed()).toMatchObject({ key: second.kid, dead: false });
  expect(second.kid).not.toBe(kid);
});

test('an origin that may not join says why and does not start', async () => {
  await origin?.stop();
  const { token, id } = (await edge.person('POST', '/join-tokens')).json;
  noteSecrets({ revokedJoinToken: token });
  await edge.person('DELETE', `/join-tokens/${id}`);
  // One that has a key of its own would go on with that.
  rmSync(join(folder, 'data/wire-key.json'));
  const failure = await start(token).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(failure).toMatch(/This join token was revoked\. Make another one.*\[join_token_revoked\] \(join_refused\)/);
  expect(failure).not.toContain(token);
  origin = null;
});
