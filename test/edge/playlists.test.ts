import { afterAll, beforeAll, expect, test } from 'vitest';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { playlistText, sendPlaylist } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** A playlist that ends at segment 10, part 3 (see startState), seen by every PoP named. */
async function warmPlaylist(...pops: string[]): Promise<string> {
  const path = await stage.newObject('v720/index.m3u8');
  stage.origin.putPlaylist(path, {});
  for (const pop of pops) expect((await stage.get(path, pop)).text).toBe(playlistText({}));
  return path;
}

test('50 viewers of a playlist are one origin request (rule 25)', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  const hold = stage.origin.hold(path);
  const viewers = stage.crowd(50, path);
  await pollUntil(() => hold.waiting === 1, 'the origin request');
  await stage.reached();
  hold.release((response) => sendPlaylist(response, {}));
  const replies = await Promise.all(viewers);
  expect(distinct(replies.map(({ text }) => text))).toEqual([playlistText({})]);
  expect(stage.origin.countPath(path)).toBe(1);
});

test('200 blocking reloads on two PoPs are one hold at the origin, released together (rules 5, 25)', async () => {
  const path = await warmPlaylist('fra', 'ams');
  const next = `${path}?_HLS_msn=10&_HLS_part=4`;
  const hold = stage.origin.hold(next);
  const viewers = [...stage.crowd(100, next, 'fra'), ...stage.crowd(100, next, 'ams')];
  await pollUntil(() => hold.waiting === 1, 'the hold at the origin');
  await stage.reached('fra');
  await stage.reached('ams');
  hold.release((response) => sendPlaylist(response, { part: 4 }));
  const replies = await Promise.all(viewers);
  expect(distinct(replies.map(({ status, text }) => `${status} ${text}`))).toEqual([
    `200 ${playlistText({ part: 4 })}`,
  ]);
  expect(stage.origin.count(next)).toBe(1);
  const [reply] = replies;
  expect(reply?.headers).toMatchObject({
    'content-type': 'application/vnd.apple.mpegurl',
    'cache-control': 'public, max-age=12',
    'accept-ranges': 'none',
    age: '0',
  });
  expect(reply?.headers.etag).toBeUndefined();
});

test('what a hold brought is what plain requests get, and what was listed needs no hold', async () => {
  const path = await warmPlaylist('fra');
  stage.origin.putPlaylist(`${path}?_HLS_msn=10&_HLS_part=4`, { part: 4 });
  await stage.get(`${path}?_HLS_msn=10&_HLS_part=4`);
  const plain = await stage.get(path);
  expect(plain.headers['cache-control']).toBe('public, max-age=0, s-maxage=1');
  const listed = await stage.get(`${path}?_HLS_msn=10&_HLS_part=2`);
  expect(listed.headers['headwater-cache']).toBe('isolate');
  expect(listed.text).toBe(playlistText({ part: 4 }));
});

test('too far ahead is 400 at once, from the PoP itself (rules 2, 3, 21)', async () => {
  const path = await warmPlaylist('fra');
  for (const query of ['_HLS_msn=13', '_HLS_msn=10&_HLS_part=19']) {
    const { status, headers, text } = await stage.get(`${path}?${query}`);
    expect([status, JSON.parse(text).code]).toEqual([400, 'too_far_ahead']);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'public, max-age=1',
      'access-control-allow-origin': '*',
    });
    expect(stage.origin.count(`${path}?${query}`)).toBe(0);
  }
});

test.each([
  '_HLS_part=1',
  '_HLS_msn=-1',
  '_HLS_msn=1.5',
  '_HLS_msn=x',
  '_HLS_msn=',
  '_HLS_msn=99999999999999999999',
  '_HLS_msn=1&_HLS_msn=2',
  '_HLS_msn=1&_HLS_part=x',
  '_HLS_skip=maybe',
  `_HLS_msn=1&x=${'y'.repeat(2_100)}`,
])('?%s is 400 without asking anybody (rules 1, 4)', async (query) => {
  const path = await stage.newObject('v720/index.m3u8');
  const { status, headers, text } = await stage.get(`${path}?${query}`);
  expect([status, JSON.parse(text).code]).toEqual([400, 'bad_directive']);
  expect(headers['access-control-allow-origin']).toBe('*');
  expect(headers['cache-control']).toBe('public, max-age=1');
  expect(stage.origin.countPath(path)).toBe(0);
});

test('order and strangers in a query do not split the merge (rules 13, 14)', async () => {
  const path = await warmPlaylist('fra');
  const hold = stage.origin.hold(`${path}?_HLS_msn=10&_HLS_part=4`);
  const viewers = [
    '_HLS_part=4&_HLS_msn=10',
    'x=1&_HLS_msn=10&_HLS_part=4&token=secret',
    '_HLS_msn=10&_HLS_part=4',
  ].map((query) => stage.get(`${path}?${query}`));
  await pollUntil(() => hold.waiting === 1, 'the hold at the origin');
  await stage.reached();
  hold.release((response) => sendPlaylist(response, { part: 4 }));
  for (const reply of await Promise.all(viewers)) expect(reply.text).toBe(playlistText({ part: 4 }));
  expect(stage.origin.countPath(path)).toBe(2);
});

test('a delta update is asked for and kept apart (rules 10, 11)', async () => {
  const path = await warmPlaylist('fra');
  stage.origin.on(`${path}?_HLS_skip=YES`, (_, response) => sendPlaylist(response, { part: 5 }));
  expect((await stage.get(`${path}?_HLS_skip=YES`)).text).toBe(playlistText({ part: 5 }));
  expect(stage.origin.count(`${path}?_HLS_skip=YES`)).toBe(1);
  expect(stage.origin.count(path)).toBe(1);
});

test('no viewer sees a playlist go backwards, on any PoP of the region (rule 26)', async () => {
  const path = await warmPlaylist('fra', 'ams');
  stage.origin.putPlaylist(path, { msn: 9, part: 9, complete: true });
  await pollUntil(async () => {
    for (const pop of ['fra', 'ams']) expect((await stage.get(path, pop)).text).toBe(playlistText({}));
    return stage.origin.count(path) > 3;
  }, 'the origin to be asked again');
});

test('after the end directives are ignored and the playlist may be kept (rule 9)', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  stage.origin.putPlaylist(path, { ended: true, complete: true });
  const reply = await stage.get(`${path}?_HLS_msn=500&_HLS_part=3`);
  expect([reply.status, reply.headers['cache-control']]).toEqual([200, 'public, max-age=2']);
});

test('a hold that the origin gives up is a 503 with the origin’s own reason (rule 8)', async () => {
  const path = await warmPlaylist('fra');
  const reason = JSON.stringify({ code: 'blocked_too_long', detail: 'The encoder is silent.' });
  stage.origin.fail(`${path}?_HLS_msn=10&_HLS_part=4`, 503, reason);
  const { status, headers, text } = await stage.get(`${path}?_HLS_msn=10&_HLS_part=4`);
  expect([status, headers['retry-after'], headers['cache-control']]).toEqual([503, '1', 'public, max-age=1']);
  expect(JSON.parse(text)).toMatchObject({ code: 'blocked_too_long', detail: 'The encoder is silent.' });
  expect(stage.origin.count(`${path}?_HLS_msn=10&_HLS_part=4`)).toBe(1);
});
