import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessPops, type popNames } from '../../support/access-pops.ts';
import { pollUntil } from '../../support/poll.ts';

let pops: AccessPops;
beforeAll(async () => {
  pops = await AccessPops.start();
  await pops.sql("INSERT INTO channels (id, title, created_ms) VALUES ('main', 'M', 1)");
}, 60_000);
afterAll(() => pops?.stop());

type PopName = (typeof popNames)[number];
const renew = async (pop: PopName, session: string, fields: object) => {
  const request = {
    session,
    owner: null,
    viewer: null,
    streamsMax: null,
    whenFull: 'refuse-newest',
    link: null,
    isNew: true,
    ...fields,
  };
  const { json, status } = await pops.ask(pop, 'POST', '/renew', request);
  return status !== 200 ? json.thrown : json.granted ? 'granted' : json.code;
};

test('a viewer’s screens are counted over all PoPs, also after the desk was moved', async () => {
  const two = { viewer: 'anna', streamsMax: 2 };
  expect(await renew('fra', 's1', two)).toBe('granted');
  expect(await renew('nyc', 's2', two)).toBe('granted');
  await pops.evict('LeaseDesk', 'viewer:anna');
  expect(await renew('sin', 's3', two)).toBe('too_many_streams');
  expect(await renew('fra', 's3', two)).toBe('too_many_streams');
  expect(await renew('sin', 's4', { viewer: 'ben', streamsMax: 2 })).toBe('granted');
  expect(await renew('sin', 's1', { ...two, isNew: false })).toBe('granted');
});

test('the key of one channel ends no screens and uses up no links of another', async () => {
  const mine = { viewer: 'zoe', streamsMax: 1, whenFull: 'end-oldest', link: { id: 'ln_zoe', usesMax: 1 } };
  expect(await renew('fra', 'z1', mine)).toBe('granted');
  expect(await renew('fra', 'z2', { ...mine, owner: 'other' })).toBe('granted');
  expect(await renew('nyc', 'z2', { ...mine, owner: 'other', link: null, isNew: false })).toBe('granted');
  expect(await renew('sin', 'z1', { ...mine, link: null, isNew: false })).toBe('granted');
  expect(await renew('fra', 'z3', { ...mine, owner: 'other', whenFull: 'refuse-newest' })).toBe('too_many_streams');
});

test('the newest screen can end the oldest, which then learns so at any PoP', async () => {
  const one = { viewer: 'carla', streamsMax: 1, whenFull: 'end-oldest' };
  expect(await renew('fra', 'old', one)).toBe('granted');
  expect(await renew('nyc', 'new', one)).toBe('granted');
  expect(await renew('sin', 'old', { ...one, isNew: false })).toBe('too_many_streams');
  expect(await renew('sin', 'new', { ...one, isNew: false })).toBe('granted');
});

test('ten sessions at once find exactly as many uses as a link has, and the catalogue hears of them', async () => {
  const { json: made } = await pops.api('POST', '/links', { channel: 'main', uses: 4 });
  const link = { id: made.id, usesMax: 4 };
  const places = ['fra', 'nyc', 'sin'] as const;
  const asked = Array.from({ length: 10 }, (_, i) => renew(places[i % 3] as PopName, `u${i}`, { link }));
  const answers = await Promise.all(asked);
  expect(answers.toSorted()).toEqual([...Array(4).fill('granted'), ...Array(6).fill('link_used_up')]);
  const first = `u${answers.indexOf('granted')}`;
  await pops.evict('LeaseDesk', `link:${made.id}`);
  expect(await renew('sin', first, { link })).toBe('granted');
  expect(await renew('sin', 'late', { link })).toBe('link_used_up');
  await pollUntil(async () => (await pops.api('GET', `/links/${made.id}`)).json.uses === 4, 'the uses', 20_000);
  const { json } = await pops.api('GET', `/links/${made.id}`);
  expect(json).toMatchObject({ state: 'used_up', lastUseMs: expect.any(Number) });
}, 40_000);

test('who is refused for other screens has not used the link up, and a used up link takes no screen', async () => {
  const { json: made } = await pops.api('POST', '/links', { channel: 'main', uses: 1, viewer: 'emil', maxStreams: 1 });
  const both = { viewer: 'emil', streamsMax: 1, link: { id: made.id, usesMax: 1 } };
  expect(await renew('fra', 'e0', { ...both, link: null })).toBe('granted');
  expect(await renew('fra', 'e1', both)).toBe('too_many_streams');
  expect(await renew('nyc', 'e2', { ...both, viewer: 'fritz' })).toBe('granted');
  expect(await renew('nyc', 'e3', { ...both, viewer: 'gerd' })).toBe('link_used_up');
  expect(await renew('sin', 'e4', { ...both, viewer: 'gerd', link: null })).toBe('granted');
});

test('uses of a link without a limit are added up', async () => {
  const { json: made } = await pops.api('POST', '/links', { channel: 'main' });
  const link = { id: made.id, usesMax: null };
  for (const pop of ['fra', 'nyc', 'fra'] as const)
    expect(await renew(pop, crypto.randomUUID(), { link })).toBe('granted');
  const isTold = async () => {
    await renew('fra', 'other', {});
    return (await pops.api('GET', `/links/${made.id}`)).json.uses === 3;
  };
  await pollUntil(isTold, 'three uses', 30_000);
  expect((await pops.api('GET', `/links/${made.id}`)).json).toMatchObject({
    state: 'active',
    lastUseMs: expect.any(Number),
  });
}, 40_000);

test('an address that begins too many sessions, or guesses, is told to wait; its neighbours are not', async () => {
  const ask = async (ip: string, token: string) =>
    (await pops.ask('fra', 'GET', `/rates/${encodeURIComponent(ip)}/${token}`)).json;
  // The limiters count by the minute of the clock.
  await pollUntil(() => Date.now() % 60_000 < 45_000, 'a minute with time left', 20_000);
  const answers = [];
  for (let i = 0; i < 7; i++) answers.push(await ask(`2001:db8:1:2::${i}`, 't'));
  expect(answers.map(([mayBegin]) => mayBegin)).toEqual([true, true, true, true, true, false, false]);
  expect(answers.map(([, mayBeRefused]) => mayBeRefused)).toEqual([true, true, true, false, false, false, false]);
  expect(await ask('2001:db8:1:3::1', 't')).toEqual([true, true]);
  expect(await ask('192.0.2.1', 't')).toEqual([false, true]);
  expect(await ask('192.0.2.1', 'u')).toEqual([true, true]);
}, 40_000);
