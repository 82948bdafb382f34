import { afterAll, beforeAll, expect, test } from 'vitest';
import { EdgeStage } from '../support/edge-stage.ts';
import { ForeignServer } from '../support/foreign-server.ts';
import { pollUntil } from '../support/poll.ts';

let well: ForeignServer;
let stage: EdgeStage;

beforeAll(async () => {
  well = await ForeignServer.start();
  well.put('/healthz', '{}');
  const gone = await ForeignServer.start();
  const PATHWAYS = [
    { id: 'gone', url: gone.url, region: 'weur' },
    { id: 'eu', url: `${well.url}`, region: 'weur' },
    { id: 'us', url: well.url.replace('127.0.0.1', 'localhost'), region: 'enam' },
    { id: 'old', url: 'https://old.example.com', region: 'weur', drained: true },
  ];
  await gone.stop();
  stage = await EdgeStage.start({ vars: { PATHWAYS } });
}, 30_000);
afterAll(async () => {
  await stage?.stop();
  await well?.stop();
});

const priority = async (pop: string) =>
  JSON.parse((await stage.get('/steering/news?_HLS_pathway=eu', pop)).text)['PATHWAY-PRIORITY'];

test('viewers of two places get two orders, nobody keeps them, and a PoP that is down goes last', async () => {
  const { status, headers, text } = await stage.get('/steering/news', 'fra');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ VERSION: 1, TTL: 30, 'RELOAD-URI': '/steering/news' });
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'private, no-store',
    'access-control-allow-origin': '*',
  });
  expect((await priority('nyc'))[0]).toBe('us');
  await pollUntil(async () => (await priority('fra')).join() === 'eu,us,gone', 'the PoP that is down', 20_000);
}, 30_000);

test('a channel’s manifests offer every pathway, the nearest first', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  const entry = '#EXT-X-STREAM-INF:BANDWIDTH=1\nv720/index.m3u8\n';
  stage.origin.put(`/b/${broadcast}/index.m3u8`, `#EXTM3U\n${entry}`);
  stage.origin.put(`/b/${broadcast}/index.mpd`, '<MPD><Period/></MPD>');
  for (const [pop, first] of [
    ['nyc', 'us'],
    ['sin', 'eu'],
  ]) {
    const { text } = await stage.get(`/live/${channel}/index.m3u8`, pop);
    expect(text).toMatch(/^#EXT-X-CONTENT-STEERING:SERVER-URI="\/steering\/[^"]+",PATHWAY-ID="(?:us|eu|gone)"$/m);
    expect(text).toContain(`${well.url}/b/${broadcast}/v720/index.m3u8`);
    expect(text.match(/PATHWAY-ID="\w+"$/gm)).toHaveLength(5);
    const mpd = (await stage.get(`/live/${channel}/index.mpd`, pop)).text;
    expect(mpd).toContain(`<BaseURL serviceLocation="eu">${well.url}/b/${broadcast}/</BaseURL>`);
    // Whole, for dash.js takes another for one of the page's own server.
    expect(mpd).toMatch(new RegExp(`>http://[^/]+/steering/${channel}</ContentSteering>`));
    if (first === 'us') expect(text).toContain('PATHWAY-ID="us"\n#EXT-X-STREAM-INF');
  }
});

test('other paths and methods are no steering, and who has no pathways steers nobody', async () => {
  expect((await stage.get('/steering/NEWS')).status).toBe(404);
  expect((await stage.get('/steering/news', 'fra', { method: 'POST' })).status).toBe(404);
  expect((await stage.get('/steering/news', 'fra', { method: 'OPTIONS' })).status).toBe(204);
});
