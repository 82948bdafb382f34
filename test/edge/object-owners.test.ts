import { afterAll, beforeAll, expect, test } from 'vitest';
import { importWireKey, signatureHeader } from '#shared/wire/signature.ts';
import { signAnew } from '../support/sign-anew.ts';
import { ControlStage, type Json, wireSecret } from './control-stage.ts';

let stage: ControlStage;
/** Keys of origins by their ids, and the deployment's. */
const keys: Record<string, { readonly kid: string; readonly secret: string }> = {
  deployment: { kid: 'k2', secret: wireSecret },
};
const origins = ['maker', 'heir', 'stranger'];

beforeAll(async () => {
  stage = await ControlStage.start();
  const { json } = await stage.person('POST', '/join-tokens', { uses: origins.length });
  for (const origin of origins) {
    const body = JSON.stringify({ token: json.token, origin, version: '0.1.0' });
    keys[origin] = (await stage.call('/api/v1/origin/join', { method: 'POST', body })).json;
    await say(origin, 'heartbeat', { url: `http://${origin}.test:1`, version: '0.1.0', broadcasts: [], load: 0 });
  }
}, 30_000);
afterAll(() => stage?.stop());

const say = (origin: string, call: string, message: object) => stage.origin(call, { origin, ...message }, keys[origin]);
const publish = async (origin: string, streamKey: string): Promise<Json> =>
  (await say(origin, 'publish', { streamKey, ip: '', encoder: '' })).json;

/** Status and reason of a call for an object. */
async function ask(method: 'GET' | 'PUT' | 'DELETE', by: string, key: string): Promise<unknown[]> {
  const target = `/api/v1/origin/objects/${key}`;
  const body = method === 'PUT' ? new TextEncoder().encode(by) : null;
  const { kid = '', secret = '' } = keys[by] ?? {};
  const signed = { audience: 'control', method, target, body } as const;
  const headers = { [signatureHeader]: await signAnew(await importWireKey(kid, secret), signed, Date.now()) };
  const response = await stage.raw(target, { method, headers, ...(body && { body }) });
  const text = await response.text();
  return response.status < 400 ? [response.status] : [response.status, JSON.parse(text).reason];
}
const refused = [403, 'other_origin'];
let imports = 0;
const importId = () => `b_${String(++imports).padStart(20, '0')}`;
const imported = (broadcast: string, channel: string) => ({
  ...{ broadcast, channel, title: null, startedMs: 1, endedMs: 2, source: null, renditions: [] },
  replay: { state: 'ready', uploaded: 1, sizeBytes: 9, durationMs: 60_000, gapMs: 0 },
});

test('an origin with a key of its own puts and removes what is of broadcasts that it made, and nothing else', async () => {
  const { streamKey } = await stage.channel();
  const { broadcast } = await publish('maker', streamKey);
  for (const key of [`b/${broadcast}/v720/0.m4s`, `parts/b/${broadcast}/v720/0.0.m4s`]) {
    expect(await ask('PUT', 'maker', key)).toEqual([204]);
    expect(await ask('PUT', 'stranger', key)).toEqual(refused);
    expect(await ask('DELETE', 'stranger', key)).toEqual(refused);
    expect(await ask('GET', 'stranger', key)).toEqual([200]);
    expect(await ask('PUT', 'deployment', key)).toEqual([204]);
    expect(await ask('DELETE', 'maker', key)).toEqual([204]);
    expect(await stage.kept(key)).toEqual([]);
  }
  for (const key of ['else/0.m4s', `b/${broadcast}`, `x/b/${broadcast}/0.m4s`, 'b/b_1/0.m4s']) {
    expect([key, await ask('PUT', 'maker', key)]).toEqual([key, refused]);
    expect(await ask('PUT', 'deployment', key)).toEqual([204]);
  }
});

test('whose a broadcast is is asked once, and not for each object', async () => {
  const { streamKey } = await stage.channel();
  const { broadcast } = await publish('maker', streamKey);
  expect(await ask('PUT', 'maker', `b/${broadcast}/v720/0.m4s`)).toEqual([204]);
  await stage.sql('UPDATE broadcast_origins SET origin = ?2 WHERE broadcast = ?1', broadcast, 'nobody');
  expect(await ask('PUT', 'maker', `b/${broadcast}/v720/1.m4s`)).toEqual([204]);
  expect(await ask('PUT', 'heir', `b/${broadcast}/v720/1.m4s`)).toEqual(refused);
});

test('who takes a broadcast over puts its objects at once, and who had it before may finish what it has', async () => {
  const { streamKey } = await stage.channel();
  const { broadcast } = await publish('maker', streamKey);
  const key = `b/${broadcast}/v720/0.m4s`;
  expect(await ask('PUT', 'heir', key)).toEqual(refused);
  await stage.silence('maker', 11_000);
  expect(await publish('heir', streamKey)).toMatchObject({ broadcast, resumed: true });
  expect([await ask('PUT', 'heir', key), await ask('PUT', 'maker', key)]).toEqual([[204], [204]]);
  expect(await ask('PUT', 'stranger', key)).toEqual(refused);
  // And back.
  await stage.silence('heir', 11_000);
  expect(await publish('maker', streamKey)).toMatchObject({ broadcast, resumed: true });
  expect(await ask('PUT', 'maker', key)).toEqual([204]);
});

test('a broadcast that is left to an origin to be finished is its own as well', async () => {
  const { streamKey } = await stage.channel({ reconnectWindowMs: 0 });
  const { broadcast } = await publish('maker', streamKey);
  await stage.silence('maker', 11_000);
  const beat = { url: 'http://heir.test:1', version: '0.1.0', broadcasts: [], load: 0, adopts: true };
  expect((await say('heir', 'heartbeat', beat)).json.left).toMatchObject([{ broadcast }]);
  const key = `b/${broadcast}/record.ndjson.gz`;
  expect([await ask('PUT', 'heir', key), await ask('PUT', 'maker', key)]).toEqual([[204], [204]]);
});

test('an import that the catalogue does not know yet is of who began it', async () => {
  const { id } = await stage.channel();
  const broadcast = importId();
  const key = `b/${broadcast}/v720/0.m4s`;
  // Who removes what is nobody's has it no more than before.
  for (const by of ['stranger', 'deployment']) expect(await ask('DELETE', by, key)).toEqual([204]);
  expect(await stage.sql('SELECT origin FROM broadcast_origins WHERE broadcast = ?1', broadcast)).toEqual([]);
  expect(await ask('PUT', 'maker', key)).toEqual([204]);
  expect(await ask('PUT', 'stranger', key)).toEqual(refused);
  expect(await ask('DELETE', 'stranger', key)).toEqual(refused);
  expect((await say('stranger', 'import', imported(broadcast, id))).json.code).toBe('conflict');
  expect((await say('maker', 'import', imported(broadcast, id))).status).toBe(204);
  expect(await ask('PUT', 'stranger', key)).toEqual(refused);
  // Of one that signs with the keys of the deployment nobody knows which it is.
  const shared = importId();
  expect(await ask('PUT', 'deployment', `b/${shared}/v720/0.m4s`)).toEqual([204]);
  expect(await ask('DELETE', 'stranger', `b/${shared}/v720/0.m4s`)).toEqual(refused);
  expect((await say('stranger', 'import', imported(shared, id))).json.code).toBe('conflict');
  const byShared = { origin: 'maker', ...imported(shared, id) };
  expect((await stage.origin('import', byShared)).status).toBe(204);
});

test('what a deleted channel left stays with its origin for a month', async () => {
  const { id, streamKey } = await stage.channel();
  const { broadcast } = await publish('maker', streamKey);
  const key = `b/${broadcast}/v720/0.m4s`;
  expect((await stage.person('DELETE', `/channels/${id}`)).status).toBe(204);
  expect([await ask('PUT', 'stranger', key), await ask('PUT', 'maker', key)]).toEqual([refused, [204]]);
  const rows = () => stage.sql('SELECT origin FROM broadcast_origins WHERE broadcast = ?1', broadcast);
  await stage.person('POST', '/retention');
  expect(await rows()).toEqual([{ origin: 'maker' }]);
  await stage.sql(
    'UPDATE broadcast_origins SET unknown_ms = unknown_ms - ?2 WHERE broadcast = ?1',
    broadcast,
    31 * 86_400_000,
  );
  await stage.person('POST', '/retention');
  expect(await rows()).toEqual([]);
});
