import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlLimits } from '#shared/limits/control.ts';
import { wireLimits } from '#shared/limits/edge.ts';
import { importWireKey, signatureHeader } from '#shared/wire/signature.ts';
import { signAnew } from '../support/sign-anew.ts';
import { type Answer, ControlStage, wireSecret } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** A signed request that can be sent as often as one likes. */
async function signed(method: string, call: string, text: string | null): Promise<() => Promise<Answer>> {
  const target = `/api/v1/origin/${call}`;
  const body = text === null ? null : new TextEncoder().encode(text);
  const key = await importWireKey('k2', wireSecret);
  const header = await signAnew(key, { audience: 'control', method, target, body }, Date.now());
  return () => stage.call(target, { method, body: text ?? undefined, headers: { [signatureHeader]: header } });
}

/** Everything that a replayed request could change. */
async function catalogue(): Promise<string> {
  const tables = ['broadcasts', 'origins', 'stream_keys'];
  return JSON.stringify(await Promise.all(tables.map((table) => stage.sql(`SELECT * FROM ${table} ORDER BY id`))));
}

const origin = { origin: 'o-fra', url: 'http://o-fra.test:8935', version: '1', load: 0 };
const empty = { source: null, renditions: [], findings: [], health: null };

test('a write that is sent again is refused and changes nothing', async () => {
  const { streamKey } = await stage.channel();
  const publish = { origin: 'o-fra', streamKey, ip: '192.0.2.7', encoder: 'OBS' };
  const first = await signed('POST', 'publish', JSON.stringify(publish));
  const { broadcast } = (await first()).json;
  const report = { origin: 'o-fra', broadcast, state: 'ended', atMs: Date.now(), ...empty };
  const requests = [
    first,
    await signed('POST', 'heartbeat', JSON.stringify({ ...origin, broadcasts: [broadcast] })),
    await signed('POST', 'broadcast', JSON.stringify(report)),
  ];
  for (const send of requests.slice(1)) expect((await send()).status).toBe(200);
  const before = await catalogue();
  // The broadcast is over: a publish that is taken again would begin another one.
  for (const send of requests) {
    const again = await send();
    expect([again.status, again.json.code, again.json.reason]).toEqual([401, 'unauthorized', 'replayed']);
  }
  expect(await catalogue()).toBe(before);
  const racing = await signed('POST', 'heartbeat', JSON.stringify({ ...origin, broadcasts: [] }));
  const statuses = (await Promise.all(Array.from({ length: 8 }, racing))).map((answer) => answer.status);
  expect(statuses.toSorted()).toEqual([200, ...Array(7).fill(401)]);
});

test('an object is not put back or taken away by a request of a moment ago', async () => {
  const path = 'objects/b/b_00000000000000000000/v720/0.m4s';
  const put = await signed('PUT', path, 'first');
  const remove = await signed('DELETE', path, null);
  expect([(await put()).status, (await remove()).status, (await put()).json.reason]).toEqual([204, 204, 'replayed']);
  const read = await signed('GET', path, null);
  expect((await read()).status).toBe(404);
  await (await signed('PUT', path, 'second'))();
  expect((await remove()).json.reason).toBe('replayed');
  // Reading changes nothing, so nothing is remembered of it.
  expect([(await read()).text, (await read()).text]).toEqual(['second', 'second']);
});

test('a wrong signature is not remembered, and a right one not for longer than it could be used', async () => {
  const before = (await stage.sql('SELECT signature FROM seen_signatures')).length;
  await stage.origin('heartbeat', { ...origin, broadcasts: [] }, { secret: 'x'.repeat(32) });
  expect((await stage.sql('SELECT signature FROM seen_signatures')).length).toBe(before);
  const [row] = await stage.sql('SELECT MAX(until_ms) AS untilMs FROM seen_signatures');
  expect(Number(row?.untilMs) - Date.now()).toBeLessThanOrEqual(2 * wireLimits.clockSkewMsMax);
  await stage.sql('UPDATE seen_signatures SET until_ms = 1');
  await stage.origin('heartbeat', { ...origin, broadcasts: [] });
  const left = await stage.sql('SELECT until_ms FROM seen_signatures');
  expect(left.length).toBe(Math.max(1, before + 1 - controlLimits.seenSignaturesPurgedMax));
});
