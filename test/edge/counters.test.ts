import { afterAll, beforeAll, expect, test } from 'vitest';
import { counterNames } from '../../workers/cache/counters.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

type Pops = { pop: string; seenMs: number; counters: Record<string, number> }[];

/** What every PoP counted; each is asked, so that each tells. */
async function pops(): Promise<Pops> {
  const headers = { authorization: 'Bearer token-of-the-edge-tests' };
  let last = '';
  for (const pop of ['ams', 'nyc', 'sin', 'fra']) last = (await stage.get('/api/v1/pops', pop, { headers })).text;
  return JSON.parse(last).pops;
}

const sum = (list: Pops, name: string) => list.reduce((total, { counters }) => total + (counters[name] ?? 0), 0);

test('hits by tier, merges, bytes, errors and origin fetches add up over isolates and shields', async () => {
  const path = await stage.newObject('v720/12.m4s');
  const hold = stage.origin.hold(path);
  const viewers = stage.crowd(10, path, 'fra');
  await pollUntil(() => hold.waiting === 1, 'the origin request');
  await stage.reached('fra');
  hold.release((response) => response.writeHead(200).end('0123456789'));
  await Promise.all(viewers);
  await stage.get(path, 'fra');
  await stage.get(path, 'ams');
  await stage.get(path, 'fra', { method: 'HEAD' });
  await stage.get(path.replace('12.m4s', '13.m4s'), 'fra');
  await stage.get('/live/nobody/index.m3u8', 'fra');
  const list = await pops();
  const fra = list.find(({ pop }) => pop === 'fra');
  expect(fra?.seenMs).toBeGreaterThan(Date.now() - 60_000);
  expect(fra?.counters).toMatchObject({
    requests_isolate: 11,
    requests_origin: 2,
    requests_own: 1,
    merged_isolate: 9,
    bytes_out: expect.any(Number),
    errors_4xx: 2,
  });
  expect(fra?.counters.bytes_out).toBeGreaterThanOrEqual(110);
  expect(list.find(({ pop }) => pop === 'ams')?.counters).toMatchObject({ requests_shield: 1, bytes_out: 10 });
  expect(sum(list, 'origin_fetches')).toBe(stage.origin.seen.length);
  for (const { counters } of list) {
    for (const name of Object.keys(counters)) expect(counterNames).toContain(name);
  }
});

test('what is asked ahead is counted', async () => {
  const playlist = await stage.newObject('v720/index.m3u8');
  stage.origin.putPlaylist(playlist, { part: -1, complete: true, partTargetS: 0 });
  stage.origin.put(playlist.replace('index.m3u8', '10.m4s'), 'segment');
  const before = sum(await pops(), 'prefetches');
  await stage.get(playlist, 'fra');
  await pollUntil(async () => {
    await stage.get(playlist.replace('index.m3u8', '10.m4s'), 'ams');
    await stage.get(playlist, 'ams');
    return sum(await pops(), 'prefetches') === before + 1;
  }, 'the count of what was asked ahead');
});

test('Prometheus reads its own PoP, and only the administrator reads all', async () => {
  await stage.get('/live/nobody/index.m3u8', 'sin');
  await pollUntil(
    async () =>
      / [1-9]/.test((await stage.get('/metrics', 'sin')).text.match(/^.*requests_own_total\{.*$/m)?.[0] ?? ''),
    'the count in the metrics',
  );
  const { headers, text } = await stage.get('/metrics', 'sin');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4');
  expect(text.trimEnd().split('\n')).toHaveLength(2 * counterNames.length);
  expect(text).toMatch(
    /^# TYPE headwater_pop_errors_4xx_total counter\nheadwater_pop_errors_4xx_total\{pop="sin"\} 1$/m,
  );
  expect((await stage.get('/api/v1/pops')).status).toBe(401);
});

test('PoPs are listed page by page, by name', async () => {
  const names = (await pops()).map(({ pop }) => pop);
  const headers = { authorization: 'Bearer token-of-the-edge-tests' };
  const page = async (query: string) => JSON.parse((await stage.get(`/api/v1/pops?${query}`, 'fra', { headers })).text);
  const first = await page('limit=1');
  expect([first.pops.length, first.pops[0].pop, first.next]).toEqual([1, names[0], names.length > 1 ? names[0] : null]);
  const rest = await page(`cursor=${names[0]}`);
  expect(rest.pops.map(({ pop }: { pop: string }) => pop)).toEqual(names.slice(1));
});
