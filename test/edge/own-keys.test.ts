import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { importWireKey } from '#shared/wire/signature.ts';
import { originSecret } from '../../workers/control/wire-keys.ts';
import { testSecrets } from '../support/edge.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { FakeOrigin, wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;
let origin: FakeOrigin;
let channel: string;
let broadcast: string;
let id: string;
let tests = 0;
let keys = 0;

beforeAll(async () => {
  stage = await EdgeStage.start({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 30_000);
afterAll(() => stage?.stop());

/** An origin that joined, and makes a broadcast. */
beforeEach(async () => {
  origin = await FakeOrigin.start();
  id = `o-own-${++tests}`;
  await stage.edge.addOrigin(id, origin.url);
  await join();
  await beat();
  ({ channel, broadcast } = await stage.edge.addBroadcast('public', id));
});
afterEach(() => origin.stop());

let kid: string;
/** It gets a key, and knows no other from then on. */
async function join(): Promise<void> {
  const master = testSecrets.WIRE_KEYS.split(':')[0] ?? '';
  kid = `ok_${String(++keys).padStart(20, '0')}`;
  await stage.edge.sql('UPDATE origin_keys SET revoked_ms = 1 WHERE origin = ?1', id);
  await stage.edge.sql("INSERT INTO origin_keys VALUES (?1, ?2, ?3, 'jt_test', ?4, NULL)", kid, id, master, Date.now());
  origin.useKey(await importWireKey(kid, (await originSecret(testSecrets.WIRE_KEYS, { kid, master })) ?? ''));
}
/** It is heard with its key. */
const beat = () => stage.edge.sql('UPDATE origins SET wire_kid = ?2 WHERE id = ?1', id, kid);

const pathOf = (file: string) => `/b/${broadcast}/${file}`;
/** Each rendition has a shield of its own, which has not asked the catalogue before. */
const statusOf = async (file: string) => (await stage.get(pathOf(file))).status;

test('PoPs ask an origin no more whose key was taken back: what the bucket has is served, the rest waits for another', async () => {
  for (const rendition of ['v720', 'v480', 'v360']) {
    origin.put(pathOf(`${rendition}/1.m4s`), 'media');
    origin.putPlaylist(pathOf(`${rendition}/index.m3u8`), {});
  }
  expect(await statusOf('v720/1.m4s')).toBe(200);
  expect((await stage.edge.person('DELETE', `/origins/${id}/key`)).status).toBe(204);
  origin.seen.length = 0;
  await stage.edge.putObject(`b/${broadcast}/v480/2.m4s`, 'stored');
  expect([await statusOf('v480/1.m4s'), await statusOf('v480/2.m4s')]).toEqual([502, 200]);
  // Not told to be over: its encoder may come to another origin.
  expect((await stage.get(pathOf('v480/index.m3u8'))).status).toBe(502);
  expect([origin.seen, origin.refused]).toEqual([[], 0]);
  // With another key it is asked again.
  await join();
  await beat();
  expect(await statusOf('v360/1.m4s')).toBe(200);
});

test('an origin that has just got another key is asked with that at once, and no viewer notices', async () => {
  const paths = Array.from({ length: 12 }, (_, msn) => `v720/${msn}.m4s`);
  for (const path of paths) origin.put(pathOf(path), path);
  expect(await statusOf('v720/0.m4s')).toBe(200);
  await join();
  await beat();
  expect(await Promise.all(paths.slice(1).map(statusOf))).toEqual(paths.slice(1).map(() => 200));
  // Also when it goes over to the keys of the deployment.
  origin.useKey(await importWireKey(wireKeyId, wireSecret));
  await stage.edge.sql('UPDATE origins SET wire_kid = NULL WHERE id = ?1', id);
  origin.put(pathOf('v720/20.m4s'), 'media');
  // The catalogue was asked a moment ago for the same reason.
  await pollUntil(async () => (await statusOf('v720/20.m4s')) === 200, 'the key to be looked up again', 5_000);
});

test('an origin that knows no key that the catalogue has is not asked twice for each request', async () => {
  expect(await statusOf('v720/0.m4s')).toBe(404);
  await join();
  for (let msn = 1; msn <= 3; msn++) expect(await statusOf(`v720/${msn}.0.m4s`)).toBe(502);
  expect(origin.refused).toBe(3);
});

test('an origin whose key can no longer be derived gets no request, least of all one with the key of the deployment', async () => {
  origin.useKey(await importWireKey(wireKeyId, wireSecret));
  origin.put(pathOf('v720/1.m4s'), 'media');
  await stage.edge.sql("UPDATE origin_keys SET master = 'dropped' WHERE kid = ?1", kid);
  const { status, text } = await stage.get(pathOf('v720/1.m4s'));
  expect([status, JSON.parse(text).code]).toEqual([502, 'upstream_failed']);
  expect(await publishStatus()).toBe(502);
  expect([origin.seen, origin.refused]).toEqual([[], 0]);
  await join();
  await beat();
  await pollUntil(async () => (await statusOf('v720/1.m4s')) === 200, 'the other key to be looked up', 5_000);
});

/** What a browser that publishes to the channel is answered. */
async function publishStatus(): Promise<number | undefined> {
  const socket = new WebSocket(new URL(`/publish?channel=${channel}`, stage.edge.url()));
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
  socket.on('error', () => resolve(undefined));
  return promise.finally(() => socket.terminate());
}
