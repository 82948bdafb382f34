import { expect, test } from 'vitest';
import { readBody } from '../../../workers/shield/read-body.ts';

const body = (headers: Record<string, string>) => new Response('0123456789', { headers });

test('a body is read whole up to its limit, announced or not', async () => {
  expect((await readBody(body({ 'content-length': '10' }), 10))?.byteLength).toBe(10);
  expect((await readBody(body({}), 10))?.byteLength).toBe(10);
  expect(await readBody(body({ 'content-length': '10' }), 9)).toBeNull();
  expect(await readBody(body({}), 9)).toBeNull();
});

test('the length of a compressed body says nothing of what comes out of it', async () => {
  expect(await readBody(body({ 'content-length': '2', 'content-encoding': 'gzip' }), 9)).toBeNull();
});
