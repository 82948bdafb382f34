import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlLimits } from '#shared/limits/control.ts';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const urlOf = (origin: string) => `http://${origin}.test:8935`;
const addressesOf = async (broadcast: string): Promise<Json[]> =>
  (await stage.call(`/origins-of/${broadcast}`)).json?.origins ?? [];
const originsOf = async (broadcast: string) => (await addressesOf(broadcast)).map(({ url }) => url);

/** A broadcast that one origin makes. */
async function made(origin: string): Promise<string> {
  const { broadcast } = await stage.publish((await stage.channel()).streamKey, origin);
  await stage.heartbeat([broadcast], origin);
  return broadcast;
}

test('the origin that makes a broadcast comes first, then who has a copy; a dead one comes last', async () => {
  const broadcast = await made('o-active');
  expect((await stage.heartbeat([], 'o-copy', { copies: [broadcast] })).json).toEqual({ end: [], forget: [] });
  expect(await originsOf(broadcast)).toEqual([urlOf('o-active'), urlOf('o-copy')]);
  await stage.silence('o-active', 10_500);
  expect(await originsOf(broadcast)).toEqual([urlOf('o-copy'), urlOf('o-active')]);
  await stage.heartbeat([broadcast], 'o-active');
  expect(await originsOf(broadcast)).toEqual([urlOf('o-active'), urlOf('o-copy')]);
});

test('a copy counts for as long as its origin names it', async () => {
  const [one = '', other = ''] = [await made('o-one'), await made('o-other')];
  await stage.heartbeat([], 'o-mirror', { copies: [one, other] });
  await stage.heartbeat([], 'o-mirror', { copies: [other] });
  expect([await originsOf(one), await originsOf(other)]).toEqual([
    [urlOf('o-one')],
    [urlOf('o-other'), urlOf('o-mirror')],
  ]);
  await stage.heartbeat([], 'o-mirror');
  expect(await originsOf(other)).toEqual([urlOf('o-other')]);
});

test('an origin with a key of its own has copies of nothing, and takes no address of another', async () => {
  const broadcast = await made('o-maker-1');
  const { token } = (await stage.person('POST', '/join-tokens', {})).json;
  const question = JSON.stringify({ token, origin: 'o-joined', version: '0' });
  const { json: key } = await stage.call('/api/v1/origin/join', { method: 'POST', body: question });
  const beat = (url: string, more: object) =>
    stage.origin('heartbeat', { origin: 'o-joined', url, version: '0', broadcasts: [], load: 0, ...more }, key);
  for (const url of [urlOf('o-maker-1'), urlOf('o-joined')]) {
    expect((await beat(url, { copies: [broadcast] })).json).toEqual({ end: [], forget: [] });
    expect(await addressesOf(broadcast)).toEqual([{ url: urlOf('o-maker-1'), key: null }]);
  }
  // Nor does it keep those that it announced before it joined.
  await stage.heartbeat([], 'o-joined', { copies: [broadcast] });
  expect(await originsOf(broadcast)).toEqual([urlOf('o-maker-1'), urlOf('o-joined')]);
  await beat(urlOf('o-joined'), { copies: [broadcast] });
  expect(await originsOf(broadcast)).toEqual([urlOf('o-maker-1')]);
  // Its own broadcasts are asked for with its key, also where it gives the address of another.
  const { broadcast: own } = await stage.publish((await stage.channel()).streamKey, 'o-joined');
  await beat(urlOf('o-maker-1'), { broadcasts: [own] });
  await stage.heartbeat([broadcast], 'o-maker-1', { copies: [own] });
  expect(await addressesOf(own)).toEqual([
    { url: urlOf('o-maker-1'), key: { kid: key.kid, master: 'k2' } },
    { url: urlOf('o-maker-1'), key: null },
  ]);
});

test('what is its own, unknown or one too many is no copy', async () => {
  const broadcast = await made('o-own');
  const unknown = `b_${'0'.repeat(20)}`;
  expect((await stage.heartbeat([broadcast], 'o-own', { copies: [broadcast, unknown] })).status).toBe(200);
  expect(await stage.sql('SELECT * FROM broadcast_copies WHERE origin = ?1', 'o-own')).toEqual([]);
  for (let i = 0; i <= controlLimits.originsPerBroadcastMax; i++) {
    await stage.heartbeat([], `o-many-${i}`, { copies: [broadcast] });
  }
  expect((await originsOf(broadcast)).length).toBe(controlLimits.originsPerBroadcastMax);
  expect((await stage.heartbeat([], 'o-odd', { copies: ['b_1'] })).status).toBe(400);
});

test('copies go with their broadcast', async () => {
  const { id, streamKey } = await stage.channel();
  const { broadcast } = await stage.publish(streamKey, 'o-gone');
  await stage.heartbeat([], 'o-keeps', { copies: [broadcast] });
  await stage.person('DELETE', `/channels/${id}`);
  expect(await stage.sql('SELECT * FROM broadcast_copies WHERE broadcast = ?1', broadcast)).toEqual([]);
});

test('who has a copy of what was deleted is told to forget it, also when its channel is gone', async () => {
  const { id, streamKey } = await stage.channel();
  const { broadcast } = await stage.publish(streamKey, 'o-maker');
  await stage.heartbeat([], 'o-copier', { copies: [broadcast] });
  await stage.person('DELETE', `/channels/${id}`);
  const told = async (origin: string, copies: string[]) => (await stage.heartbeat([], origin, { copies })).json.forget;
  expect(await told('o-copier', [broadcast])).toEqual([broadcast]);
  expect(await told('o-copier', [])).toEqual([]);
  expect(await told('o-maker', [])).toEqual([broadcast]);
});
