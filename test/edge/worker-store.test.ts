import { afterAll, beforeAll, expect, test } from 'vitest';
import { importPartKey } from '#shared/model/object-name.ts';
import { importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { describeStore } from '../store/contract.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { signAnew } from '../support/sign-anew.ts';

/** One after the other would take long. */
const removersMax = 16;

let edge: Edge;
let key: WireKey;

beforeAll(async () => {
  edge = await startEdge({ originUrl: 'http://127.0.0.1:9' });
  key = await importWireKey(wireKeyId, wireSecret);
});

afterAll(() => edge?.stop());

const open = () => createWorkerStore({ url: edge.url('ams'), key, now: Date.now });

describeStore("the deployment's own bucket", async () => {
  const store = open();
  return {
    store,
    close: async () => {
      const keys: string[] = [];
      for await (const object of store.list('')) keys.push(object.key);
      const removers = Array.from({ length: removersMax }, (_, i) => keys.filter((_, at) => at % removersMax === i));
      await Promise.all(removers.map((some) => store.remove(some)));
    },
  };
});

test('every PoP has the same bucket', async () => {
  await open().put('b/b_1/v720/0.m4s', [Buffer.from('x')]);
  const other = createWorkerStore({ url: edge.url('sin'), key, now: Date.now });
  expect((await other.get('b/b_1/v720/0.m4s'))?.toString()).toBe('x');
});

test('parts of imports are for reading', async () => {
  const key = importPartKey(`i_${'0'.repeat(20)}`, 0);
  await edge.putObject(key, 'part');
  expect((await open().get(key))?.toString()).toBe('part');
  await expect(open().put(key, [Buffer.from('x')])).rejects.toMatchObject({ code: 'store_refused' });
  await expect(open().remove([key])).rejects.toMatchObject({ code: 'store_refused' });
  expect((await open().get(key))?.toString()).toBe('part');
  await edge.removeObject(key);
});

test('a bucket without its PoP fails, and says so', async () => {
  const store = createWorkerStore({ url: 'http://127.0.0.1:9', key, now: Date.now });
  await expect(store.put('b/one', [Buffer.from('x')])).rejects.toMatchObject({ code: 'store_failed' });
});

test('nobody without the key reads, writes, lists or removes', async () => {
  const path = '/api/v1/origin/objects/b/b_1/v720/0.m4s';
  for (const [method, target] of [
    ['GET', path],
    ['PUT', path],
    ['DELETE', path],
    ['GET', '/api/v1/origin/objects?prefix=b/'],
  ] as const) {
    const response = await fetch(new URL(target, edge.url()), { method, ...(method === 'PUT' && { body: 'x' }) });
    expect([method, response.status]).toEqual([method, 401]);
    await response.arrayBuffer();
  }
  // A signature is for one method, one object and one body.
  const body = new TextEncoder().encode('x');
  const signed = await signAnew(key, { audience: 'control', method: 'PUT', target: path, body }, Date.now());
  const headers = { [signatureHeader]: signed };
  const other = await fetch(new URL(path, edge.url()), { method: 'PUT', body: 'y', headers });
  expect(other.status).toBe(401);
  await other.arrayBuffer();
});
