import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { playlistText, sendPlaylist } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

const viewersCount = 1_000;
const next = '_HLS_msn=10&_HLS_part=4';
const agent = new Agent({ keepAlive: true, maxSockets: viewersCount });
let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 30_000);
afterAll(async () => {
  agent.destroy();
  await stage?.stop();
});

test('a thousand blocked reloads on one PoP are one hold, and one part releases them all', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  stage.origin.putPlaylist(path, {});
  await stage.get(path);
  const hold = stage.origin.hold(`${path}?${next}`);
  const viewers = Array.from({ length: viewersCount }, () => stage.get(`${path}?${next}`, 'fra', { agent }));
  await pollUntil(() => hold.waiting === 1, 'the hold at the origin');
  await stage.reached();
  hold.release((response) => sendPlaylist(response, { part: 4 }));
  const replies = await Promise.all(viewers);
  expect(replies).toHaveLength(viewersCount);
  expect(distinct(replies.map(({ status, text }) => `${status} ${text}`))).toEqual([
    `200 ${playlistText({ part: 4 })}`,
  ]);
  expect(stage.origin.count(`${path}?${next}`)).toBe(1);
  expect(stage.origin.countPath(path)).toBe(2);
});

test('a thousand that wait for an origin which gives up are told so at once, and it is not asked again', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  stage.origin.putPlaylist(path, {});
  await stage.get(path);
  const hold = stage.origin.hold(`${path}?${next}`);
  const viewers = Array.from({ length: viewersCount }, () => stage.get(`${path}?${next}`, 'fra', { agent }));
  await pollUntil(() => hold.waiting === 1, 'the hold at the origin');
  await stage.reached();
  hold.release((response) => response.writeHead(503).end());
  const replies = await Promise.all(viewers);
  expect(distinct(replies.map(({ status }) => status))).toEqual([503]);
  expect(stage.origin.count(`${path}?${next}`)).toBe(1);
});
