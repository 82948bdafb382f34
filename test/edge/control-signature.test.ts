import { afterAll, beforeAll, expect, test } from 'vitest';
import { signatureHeader } from '#shared/wire/signature.ts';
import { apiToken, ControlStage, oldWireSecret, type Signing, wireSecret } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const beat = { origin: 'o-signed', url: 'http://127.0.0.1:8935', version: '0.1.0', broadcasts: [], load: 0 };
const post = (headers: Record<string, string>) =>
  stage.call('/api/v1/origin/heartbeat', { method: 'POST', headers, body: JSON.stringify(beat) });
const origins = () => stage.sql('SELECT id FROM origins');

test('a right signature is accepted, with each key, as long as its time is near', async () => {
  const accepted: Signing[] = [
    {},
    { kid: 'k1', secret: oldWireSecret },
    { atMs: Date.now() - 50_000 },
    { atMs: Date.now() + 50_000 },
  ];
  for (const signing of accepted) expect((await stage.origin('heartbeat', beat, signing)).status).toBe(200);
  await stage.sql('DELETE FROM origins');
});

const refused: readonly [string, string, () => Signing][] = [
  ['a key that is not known', 'unknown_key', () => ({ kid: 'k9' })],
  ['a key id with another key’s secret', 'wrong', () => ({ kid: 'k1' })],
  ['another secret', 'wrong', () => ({ secret: 'x'.repeat(32) })],
  ['a time long ago', 'clock_skew', () => ({ atMs: Date.now() - 70_000 })],
  ['a time far ahead', 'clock_skew', () => ({ atMs: Date.now() + 70_000 })],
  ['another audience', 'wrong', () => ({ audience: 'origin' })],
  ['another body', 'wrong', () => ({ signedBody: JSON.stringify({ ...beat, load: 1 }) })],
  ['another path', 'wrong', () => ({ signedPath: '/api/v1/origin/publish' })],
  ['a query that was not signed', 'wrong', () => ({ signedPath: '/api/v1/origin/heartbeat?x' })],
  ['another method', 'wrong', () => ({ signedMethod: 'GET' })],
];
test.each(refused)('a signature of %s is refused', async (_, reason, signing) => {
  const answer = await stage.origin('heartbeat', beat, signing());
  expect(answer.status).toBe(401);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json).toMatchObject({ code: 'unauthorized', reason });
  expect(answer.json.detail.startsWith(`${reason}: `)).toBe(true);
  expect(answer.text).not.toContain(wireSecret);
  expect(await origins()).toEqual([]);
});

test.each([
  ['no header', {}, 'missing'],
  ['an empty header', { [signatureHeader]: '' }, 'missing'],
  ['a word', { [signatureHeader]: 'hello' }, 'malformed'],
  ['a short digest', { [signatureHeader]: 'kid=k2;t=1;s=00' }, 'malformed'],
  ['no time', { [signatureHeader]: `kid=k2;t=;s=${'0'.repeat(64)}` }, 'malformed'],
  ['the API token', { authorization: `Bearer ${apiToken}` }, 'missing'],
])('%s instead of a signature is refused', async (_, headers: Record<string, string>, reason) => {
  expect((await post(headers)).json).toMatchObject({ code: 'unauthorized', reason });
  expect(await origins()).toEqual([]);
});

test.each(['publish', 'broadcast', 'heartbeat'])('%s needs a signature before anything is read', async (call) => {
  const answer = await stage.call(`/api/v1/origin/${call}`, { method: 'POST', body: '{' });
  expect(answer.json).toMatchObject({ code: 'unauthorized', reason: 'missing' });
});

test('a signature does not open the calls of people', async () => {
  const header = `kid=k2;t=${Date.now()};s=${'0'.repeat(64)}`;
  expect((await stage.call('/api/v1/channels', { headers: { [signatureHeader]: header } })).status).toBe(401);
});

test('a query is part of what is signed', async () => {
  const call = 'heartbeat?since=1';
  expect((await stage.origin(call, beat, { signedPath: '/api/v1/origin/heartbeat' })).json.reason).toBe('wrong');
  expect((await stage.origin(call, beat)).status).toBe(200);
});

test('a body over the limit is refused before its signature is checked', async () => {
  const answer = await stage.origin('heartbeat', ' '.repeat(65_537));
  expect([answer.status, answer.json.code]).toEqual([413, 'body_too_large']);
});

test('a stranger’s body is not read at all', async () => {
  const answer = await stage.call('/api/v1/origin/heartbeat', { method: 'POST', body: ' '.repeat(65_537) });
  expect([answer.status, answer.json.reason]).toEqual([401, 'missing']);
});
