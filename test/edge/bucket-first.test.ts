import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { BucketServer } from '../support/bucket-server.ts';
import { s3Vars } from '../support/bucket-stage.ts';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { pollUntil } from '../support/poll.ts';

let bucket: BucketServer;
let stage: EdgeStage;

beforeAll(async () => {
  bucket = await BucketServer.start();
  stage = await EdgeStage.start({ vars: { ...s3Vars(bucket.options), BUCKET_FIRST: 'parts' } });
}, 30_000);
afterEach(() => {
  bucket.fault = null;
});
afterAll(async () => {
  await stage?.stop();
  await bucket?.stop();
});

test.each(['v720/12.m4s', 'v720/init-0.mp4'])('%s of a live broadcast comes out of the bucket', async (file) => {
  const path = await stage.newObject(file);
  bucket.put(path.slice(1), 'from the bucket');
  const replies = await Promise.all([...stage.crowd(30, path, 'fra'), ...stage.crowd(30, path, 'ams')]);
  expect(distinct(replies.map(({ status, text }) => `${status} ${text}`))).toEqual(['200 from the bucket']);
  expect([bucket.count(path.slice(1)), stage.origin.countPath(path)]).toEqual([1, 0]);
});

test('what is not in the bucket yet comes from the origin after one look, and from the bucket a moment later', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'from the origin');
  const near = await Promise.all(stage.crowd(30, path, 'fra'));
  expect(distinct(near.map(({ text }) => text))).toEqual(['from the origin']);
  expect([bucket.count(path.slice(1)), stage.origin.countPath(path)]).toEqual([1, 1]);
  bucket.put(path.slice(1), 'from the bucket');
  expect((await stage.get(path, 'nyc')).text).toBe('from the bucket');
  expect(stage.origin.countPath(path)).toBe(1);
});

test('that neither has an object is no answer for the next who asks', async () => {
  const path = await stage.newObject('v720/12.m4s');
  expect((await stage.get(path)).status).toBe(404);
  bucket.put(path.slice(1), 'from the bucket');
  await pollUntil(async () => (await stage.get(path)).status === 200, 'the object');
});

test('parts come out of the bucket; the one that is only hinted at is held by the origin and not looked for', async () => {
  const playlist = await stage.newObject('v720/index.m3u8');
  const part = (number: number) => playlist.replace('index.m3u8', `10.${number}.m4s`);
  const keyOf = (path: string) => `parts/${path.slice(1)}`;
  stage.origin.putPlaylist(playlist, { part: 3 });
  bucket.put(keyOf(part(3)), 'part 3');
  const hold = stage.origin.hold(part(4));
  expect((await stage.get(playlist)).status).toBe(200);
  expect((await stage.get(part(3))).text).toBe('part 3');
  const viewers = stage.crowd(20, part(4));
  await pollUntil(() => hold.waiting === 1, 'the hinted part at the origin');
  await stage.reached();
  hold.release((response) => response.writeHead(200).end('part 4'));
  expect(distinct((await Promise.all(viewers)).map(({ text }) => text))).toEqual(['part 4']);
  expect([part(3), part(4)].map((path) => stage.origin.countPath(path))).toEqual([0, 1]);
  expect([part(3), part(4)].map((path) => bucket.count(keyOf(path)))).toEqual([1, 0]);
});

test('a bucket that hangs costs live viewers a bounded moment, and soon nothing', async () => {
  bucket.fault = 'hang';
  const before = bucket.asked.length;
  const times: number[] = [];
  for (let i = 0; i < edgeLimits.breakerFailures + 1; i++) {
    const path = await stage.newObject('v720/12.m4s');
    stage.origin.put(path, 'from the origin');
    const beganMs = performance.now();
    expect((await stage.get(path)).text).toBe('from the origin');
    times.push(performance.now() - beganMs);
  }
  expect(Math.min(...times.slice(0, -1))).toBeGreaterThan(edgeLimits.bucketFirstMsMax - 50);
  expect(times.at(-1)).toBeLessThan(edgeLimits.bucketFirstMsMax - 50);
  expect(distinct(bucket.asked.slice(before)).length).toBe(edgeLimits.breakerFailures);
});

test('a bucket that fails is asked again once it is well', async () => {
  bucket.fault = 503;
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'from the origin');
  expect((await stage.get(path)).text).toBe('from the origin');
  bucket.fault = null;
  await pollUntil(async () => {
    const later = await stage.newObject('v720/12.m4s');
    bucket.put(later.slice(1), 'from the bucket');
    return (await stage.get(later)).text === 'from the bucket';
  }, 'the bucket to be asked again');
});
