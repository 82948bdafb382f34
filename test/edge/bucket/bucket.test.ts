import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BucketStage, s3Vars } from '../../support/bucket-stage.ts';
import { startS3Server } from '../../support/s3-server.ts';

const close: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(close.map((one) => one())));

async function startS3(): Promise<Record<string, string>> {
  const server = await startS3Server();
  close.push(() => server.close());
  return s3Vars(server.options);
}

describe.each([
  ['the bound bucket', async () => ({})],
  ['a bucket with the S3 API', startS3],
] as const)('%s', (_, vars) => {
  let bucket: BucketStage;
  beforeAll(async () => {
    bucket = await BucketStage.start(await vars());
    close.unshift(() => bucket.stop());
  });

  test('gives back what was put, to the byte, and its size', async () => {
    const body = randomBytes(3_000_001);
    expect(await bucket.put('b/b_1/v720/7.m4s', body)).toBe('done');
    const stored = await bucket.get('b/b_1/v720/7.m4s');
    expect([stored.status, stored.size, stored.body.equals(body)]).toEqual([200, '3000001', true]);
    await bucket.put('b/b_1/v720/7.m4s', 'newer');
    expect((await bucket.get('b/b_1/v720/7.m4s')).text).toBe('newer');
  });

  test('gives a range, with the size of the whole', async () => {
    await bucket.put('b/b_2/v720/7.m4s', '0123456789');
    expect(await bucket.get('b/b_2/v720/7.m4s', '2,3')).toMatchObject({ status: 200, text: '234', size: '10' });
    expect(await bucket.get('b/b_2/v720/7.m4s', '8,10')).toMatchObject({ status: 200, text: '89', size: '10' });
    expect((await bucket.get('b/b_2/v720/7.m4s', '10,1')).status).toBe(500);
    expect((await bucket.get('b/b_2/v720/none.m4s', '0,1')).status).toBe(404);
  });

  test('has nothing where nothing was put', async () => {
    expect((await bucket.get('b/b_3/v720/7.m4s')).status).toBe(404);
    expect(await bucket.list('b/b_3/')).toEqual({ objects: [], next: null });
  });

  test('lists by key what is below a prefix, and what comes after a key', async () => {
    const keys = Array.from({ length: 30 }, (_, i) => `b/b_4/v720/${i}.m4s`).toSorted();
    await Promise.all([...keys, 'b/b_40/v720/0.m4s'].map((key) => bucket.put(key, 'four')));
    const all = keys.map((key) => ({ key, sizeBytes: 4 }));
    expect(await bucket.list('b/b_4/')).toEqual({ objects: all, next: null });
    expect(await bucket.list('b/b_4/', keys[19])).toEqual({ objects: all.slice(20), next: null });
  });

  test('removes objects; what is not there counts as removed', async () => {
    const keys = Array.from({ length: 9 }, (_, i) => `b/b_5/v720/${i}.m4s`);
    await Promise.all(keys.map((key) => bucket.put(key, 'x')));
    expect(await bucket.remove([...keys.slice(1), 'b/b_5/v720/none.m4s'])).toBe('done');
    expect(await bucket.list('b/b_5/')).toEqual({ objects: [{ key: keys[0], sizeBytes: 1 }], next: null });
    expect(await bucket.remove([])).toBe('done');
  });
});

// The bound bucket's pages: test/edge/worker-store.test.ts.
test('what is more than one page of a bucket with the S3 API is listed page by page', async () => {
  const server = await startS3Server();
  const bucket = await BucketStage.start(s3Vars(server.options));
  close.unshift(() => bucket.stop());
  close.push(() => server.close());
  const keys = Array.from({ length: 1_003 }, (_, i) => `b/b_4/v720/${i}.m4s`).toSorted();
  server.fill(keys, Buffer.from('four'));
  const first = await bucket.list('b/b_4/');
  expect([first.objects.length, first.next]).toEqual([1_000, keys[999]]);
  const rest = await bucket.list('b/b_4/', first.next);
  expect(rest).toEqual({ objects: keys.slice(1_000).map((key) => ({ key, sizeBytes: 4 })), next: null });
});
