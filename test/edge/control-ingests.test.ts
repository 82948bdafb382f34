import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const origins = {
  'o-fra': { name: 'Frankfurt', latitude: 50.11, longitude: 8.68 },
  'o-iad': { name: 'Ashburn', latitude: 39.04, longitude: -77.49 },
  'o-sao': { name: 'São Paulo', latitude: -23.55, longitude: -46.63 },
  'o-sin': { name: 'Singapore', latitude: 1.35, longitude: 103.82 },
  'o-syd': { name: 'Sydney', latitude: -33.87, longitude: 151.21 },
} as const;

/** City, its place, and the two origins that are nearest to it. */
const cities = [
  ['Berlin', 52.52, 13.4, 'o-fra', 'o-iad'],
  ['Madrid', 40.42, -3.7, 'o-fra', 'o-iad'],
  ['Reykjavík', 64.15, -21.94, 'o-fra', 'o-iad'],
  ['Cairo', 30.04, 31.24, 'o-fra', 'o-sin'],
  ['Lagos', 6.52, 3.38, 'o-fra', 'o-sao'],
  ['Johannesburg', -26.2, 28.05, 'o-sao', 'o-sin'],
  ['New York', 40.71, -74.01, 'o-iad', 'o-fra'],
  ['Chicago', 41.88, -87.63, 'o-iad', 'o-fra'],
  ['Los Angeles', 34.05, -118.24, 'o-iad', 'o-fra'],
  ['Mexico City', 19.43, -99.13, 'o-iad', 'o-sao'],
  ['Bogotá', 4.71, -74.07, 'o-iad', 'o-sao'],
  ['Lima', -12.05, -77.04, 'o-sao', 'o-iad'],
  ['Buenos Aires', -34.6, -58.38, 'o-sao', 'o-iad'],
  ['Mumbai', 19.08, 72.88, 'o-sin', 'o-fra'],
  ['Tokyo', 35.68, 139.69, 'o-sin', 'o-syd'],
  ['Manila', 14.6, 120.98, 'o-sin', 'o-syd'],
  ['Perth', -31.95, 115.86, 'o-syd', 'o-sin'],
  ['Auckland', -36.85, 174.76, 'o-syd', 'o-sin'],
  ['Honolulu', 21.31, -157.86, 'o-iad', 'o-syd'],
  // Across the date line: as far as it is, and not around the Earth.
  ['Suva', -18.14, 178.44, 'o-syd', 'o-sin'],
] as const;

type OriginId = keyof typeof origins;

function beat(id: OriginId, fields: Json = {}) {
  const ingest = {
    rtmpUrl: `rtmp://${id}.test:1935/live`,
    rtmpsUrl: `rtmps://${id}.test:1936/live`,
    place: origins[id],
  };
  return stage.heartbeat([], id, { ingest, ...fields });
}

const beatAll = () => Promise.all(Object.keys(origins).map((id) => beat(id as OriginId)));

/** Asks from a place; the list is at most a second old, so it is asked for until it is what it should be. */
async function nearest(latitude: number, longitude: number): Promise<Json[]> {
  const cf = { latitude: String(latitude), longitude: String(longitude) };
  return (await stage.call('/api/v1/ingests', { cf })).json.ingests;
}

const idsOf = (ingests: Json[]) => ingests.map(({ _id }) => _id);

test.each(cities)('%s is sent to the nearest origin, and to the next one as a backup', async (...city) => {
  const [, latitude, longitude, first, second] = city;
  await beatAll();
  await expect.poll(async () => (await nearest(latitude, longitude)).length, { timeout: 5_000 }).toBe(5);
  const list = await nearest(latitude, longitude);
  expect(idsOf(list).slice(0, 2)).toEqual([first, second]);
  expect(list[0]).toMatchObject({ default: true, priority: 0, availability: 1, name: origins[first].name });
  expect(list[0].url_template).toBe(`rtmp://${first}.test:1935/live/{stream_key}`);
  expect(list[0].url_template_secure).toBe(`rtmps://${first}.test:1936/live/{stream_key}`);
  expect(list[0].url_template_backup).toBe(`rtmp://${second}.test:1935/live/{stream_key}`);
  expect(list[1].default).toBe(false);
});

test('an origin that is dead or drains is not in the list, a busy one further down, a full one last', async () => {
  await beatAll();
  const berlin = () => nearest(52.52, 13.4).then(idsOf);
  await expect.poll(berlin, { timeout: 5_000 }).toEqual(['o-fra', 'o-iad', 'o-sin', 'o-sao', 'o-syd']);
  await stage.silence('o-iad', 10_500);
  await expect.poll(berlin, { timeout: 5_000 }).toEqual(['o-fra', 'o-sin', 'o-sao', 'o-syd']);
  await beat('o-iad');
  await beat('o-sin', { load: 1 });
  await expect.poll(berlin, { timeout: 5_000 }).toEqual(['o-fra', 'o-iad', 'o-sao', 'o-syd', 'o-sin']);
  expect((await nearest(52.52, 13.4)).at(-1)).toMatchObject({ _id: 'o-sin', availability: 0 });
  expect((await stage.person('PATCH', '/origins/o-fra', { draining: true })).status).toBe(204);
  await expect.poll(berlin, { timeout: 5_000 }).toEqual(['o-iad', 'o-sao', 'o-syd', 'o-sin']);
});

test('a draining origin refuses new broadcasts and lets those that it has go on', async () => {
  const running = await stage.channel();
  const { broadcast } = await stage.publish(running.streamKey, 'o-drain');
  await stage.heartbeat([broadcast], 'o-drain');
  await stage.person('PATCH', '/origins/o-drain', { draining: true });
  expect(await stage.publish(running.streamKey, 'o-drain')).toMatchObject({ accepted: true, broadcast, resumed: true });
  const fresh = await stage.channel();
  expect(await stage.publish(fresh.streamKey, 'o-drain')).toEqual({
    accepted: false,
    code: 'origin_draining',
    sentence: 'This ingest server is being serviced. Use another one.',
  });
  await stage.person('PATCH', '/origins/o-drain', { draining: false });
  expect(await stage.publish(fresh.streamKey, 'o-drain')).toMatchObject({ accepted: true });
  expect((await stage.person('PATCH', '/origins/o-none', { draining: true })).json.code).toBe('not_found');
  expect((await stage.person('PATCH', '/origins/o-drain', { drain: true })).json.code).toBe('bad_request');
});

test.each([
  { rtmpUrl: 'http://o.test/live' },
  { rtmpUrl: 'rtmp://user@o.test/live' },
  { rtmpUrl: 'rtmp://o.test' },
  { rtmpUrl: 'rtmp://o.test/live/key' },
  { rtmpsUrl: 'rtmp://o.test/live' },
  { place: { name: 'Nowhere', latitude: 91, longitude: 0 } },
])('a heartbeat with the endpoint %j is refused', async (fields) => {
  const ingest = { rtmpUrl: 'rtmp://o.test/live', rtmpsUrl: null, place: null, ...fields };
  expect((await stage.heartbeat([], 'o-odd', { ingest })).status).toBe(400);
});
