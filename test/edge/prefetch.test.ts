import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { sendPlaylist } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** A rendition whose viewer waits for part 4 of segment 10; `release` lets it come. */
async function waitingViewer() {
  const playlist = await stage.newObject('v720/index.m3u8');
  const part = (number: number) => playlist.replace('index.m3u8', `10.${number}.m4s`);
  stage.origin.putPlaylist(playlist, {});
  const next = `${playlist}?_HLS_msn=10&_HLS_part=4`;
  const hold = stage.origin.hold(next);
  const hinted = stage.origin.hold(part(5));
  const viewer = stage.get(next);
  await pollUntil(() => hold.waiting === 1, 'the hold');
  const release = async () => {
    hold.release((response) => sendPlaylist(response, { part: 4 }));
    expect((await viewer).status).toBe(200);
  };
  return { part, hinted, release };
}

test('the first viewer of an announced part finds it at the shield, and the origin sees one request per region', async () => {
  const { part, hinted, release } = await waitingViewer();
  stage.origin.put(part(4), 'part 4');
  await release();
  await pollUntil(() => stage.origin.countPath(part(4)) === 1 && hinted.waiting === 1, 'what is asked ahead');
  await pollUntil(async () => {
    const { headers, text } = await stage.get(part(4), 'ams');
    expect([headers['headwater-cache'], text]).toEqual([expect.stringMatching(/^(?:shield|isolate)$/), 'part 4']);
    return headers['headwater-cache'] === 'isolate';
  }, 'the part in the memory of the PoP');
  expect((await stage.get(part(4), 'nyc')).headers['headwater-cache']).toBe('origin');
  expect(stage.origin.countPath(part(4))).toBe(2);
});

test('viewers of the hinted part join the request that the shield has at the origin', async () => {
  const { part, hinted, release } = await waitingViewer();
  stage.origin.put(part(4), 'part 4');
  await release();
  await pollUntil(() => hinted.waiting === 1, 'the hinted part to be asked ahead');
  const viewers = [...stage.crowd(20, part(5), 'fra'), ...stage.crowd(20, part(5), 'ams')];
  await stage.reached('fra');
  await stage.reached('ams');
  hinted.release((response) => response.writeHead(200).end('part 5'));
  expect(distinct((await Promise.all(viewers)).map(({ text }) => text))).toEqual(['part 5']);
  expect(stage.origin.countPath(part(5))).toBe(1);
});

test('plain playlists bring their newest segment along', async () => {
  const playlist = await stage.newObject('v720/index.m3u8');
  const segment = playlist.replace('index.m3u8', '10.m4s');
  stage.origin.putPlaylist(playlist, { part: -1, complete: true, partTargetS: 0 });
  stage.origin.put(segment, 'segment 10');
  expect((await stage.get(playlist)).status).toBe(200);
  await pollUntil(() => stage.origin.countPath(segment) === 1, 'the segment to be asked ahead');
  expect((await stage.get(segment)).text).toBe('segment 10');
  expect(stage.origin.countPath(segment)).toBe(1);
});
