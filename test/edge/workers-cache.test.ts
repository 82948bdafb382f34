import { afterAll, beforeAll, expect, test } from 'vitest';
import { EdgeStage } from '../support/edge-stage.ts';
import type { SendOptions } from '../support/http-send.ts';

let stage: EdgeStage;
let plain: EdgeStage;

beforeAll(async () => {
  [stage, plain] = await Promise.all([EdgeStage.start({ vars: { WORKERS_CACHE: 'on' } }), EdgeStage.start()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([stage?.stop(), plain?.stop()]);
});

const headerNames = [
  'content-type',
  'cache-control',
  'content-range',
  'content-length',
  'accept-ranges',
  'location',
  'headwater-pop',
];

test.each<[string, string, SendOptions]>([
  ['a segment', 'v720/12.m4s', {}],
  ['an init segment', 'v720/init-0.mp4', {}],
  ['a range', 'v720/12.m4s', { headers: { range: 'bytes=2-4' } }],
  ['a range beyond the end', 'v720/12.m4s', { headers: { range: 'bytes=99-' } }],
  ['a HEAD', 'v720/12.m4s', { method: 'HEAD' }],
  ['what is not there', 'v720/13.m4s', {}],
  ['what was lost', 'v720/14.m4s', {}],
  ['a playlist, which goes past it', 'index.m3u8', {}],
])('%s is the same through the entrypoint that Workers Cache can stand in front of', async (_, file, options) => {
  const replies = await Promise.all(
    [stage, plain].map(async (one) => {
      const path = await one.newObject(file);
      if (file.includes('14')) one.origin.on(path, (_, lost) => lost.writeHead(303, { location: 'init-0.mp4' }).end());
      else if (!file.includes('13')) one.origin.put(path, '0123456789');
      const { status, headers, text } = await one.get(path, 'ams', options);
      return [status, text, ...headerNames.map((name) => headers[name])];
    }),
  );
  expect(replies[0]).toEqual(replies[1]);
});

test('nothing of a viewer but ranges and conditions goes inside, and each object is still one origin request', async () => {
  const path = await stage.newObject('v720/12.m4s');
  stage.origin.put(path, 'media');
  const headers = { authorization: 'Bearer viewer', cookie: 'a=b' };
  await Promise.all([1, 2, 3].map(() => stage.get(`${path}?token=viewer`, 'fra', { headers })));
  expect(stage.origin.countPath(path)).toBe(1);
  const etag = `"${path}"`;
  expect((await stage.get(path, 'fra', { headers: { 'if-none-match': etag } })).status).toBe(304);
});
