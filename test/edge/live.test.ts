import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const multivariant = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a1",URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"
v720/index.m3u8
`;

test('a channel plays its current broadcast under its own URL', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  stage.origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  const replies = await Promise.all(stage.crowd(20, `/live/${channel}/index.m3u8`));
  expect(distinct(replies.map(({ text }) => text))).toEqual([
    `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a1",URI="../../b/${broadcast}/a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"
../../b/${broadcast}/v720/index.m3u8
`,
  ]);
  expect(replies[0]?.headers).toMatchObject({
    'content-type': 'application/vnd.apple.mpegurl',
    'cache-control': 'public, max-age=1',
    'accept-ranges': 'none',
    'access-control-allow-origin': '*',
  });
  expect(stage.origin.count(`/b/${broadcast}/index.m3u8`)).toBe(1);
  expect((await stage.get(`/b/${broadcast}/index.m3u8`)).text).toBe(multivariant);
});

test('the MPD gets a base, and its length is right', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  stage.origin.put(`/b/${broadcast}/index.mpd`, '<MPD>\n  <Period/>\n</MPD>\n');
  const { text, headers } = await stage.get(`/live/${channel}/index.mpd`);
  expect(text).toBe(`<MPD>\n  <BaseURL>../../b/${broadcast}/</BaseURL>\n  <Period/>\n</MPD>\n`);
  expect(headers).toMatchObject({
    'content-type': 'application/dash+xml',
    'content-length': String(text.length),
    'cache-control': 'public, max-age=0, s-maxage=1',
  });
});

test('a channel that nobody publishes to, and one that is not there', async () => {
  for (const channel of [await stage.edge.addChannel(), 'nobody']) {
    const { status, headers, text } = await stage.get(`/live/${channel}/index.m3u8`);
    expect([status, JSON.parse(text).code, headers['cache-control']]).toEqual([404, 'not_found', 'public, max-age=1']);
  }
});

test('a broadcast that starts is found within moments', async () => {
  const channel = await stage.edge.addChannel();
  expect((await stage.get(`/live/${channel}/index.m3u8`)).status).toBe(404);
  const { broadcast } = await stage.edge.addBroadcast();
  await stage.edge.sql('UPDATE broadcasts SET channel = ?1 WHERE id = ?2', channel, broadcast);
  stage.origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  await pollUntil(async () => (await stage.get(`/live/${channel}/index.m3u8`)).status === 200, 'the broadcast', 3_000);
});

test('a signed channel is 403 and nobody’s to keep', async () => {
  const { channel } = await stage.edge.addBroadcast('signed');
  const { status, headers, text } = await stage.get(`/live/${channel}/index.m3u8`);
  expect([status, JSON.parse(text).code, headers['cache-control']]).toEqual([
    401,
    'token_missing',
    'private, no-store',
  ]);
});

test('unlisted channels play for those who know them', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast('unlisted');
  stage.origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  expect((await stage.get(`/live/${channel}/index.m3u8`)).status).toBe(200);
});

test('the origin’s refusal goes through', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  stage.origin.fail(`/b/${broadcast}/index.m3u8`, 503, JSON.stringify({ code: 'too_early', detail: 'Soon.' }));
  const { status, text } = await stage.get(`/live/${channel}/index.m3u8`);
  expect([status, JSON.parse(text)]).toMatchObject([503, { code: 'too_early', detail: 'Soon.' }]);
});
