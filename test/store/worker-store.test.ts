import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { storeLimits } from '#shared/limits/store.ts';
import { importWireKey } from '#shared/wire/signature.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { pollUntil } from '../support/poll.ts';

it('removes several objects at once, and no more than so many', async () => {
  const waiting: ServerResponse[] = [];
  const removed: string[] = [];
  const server = createServer((request, response) => {
    removed.push(`${request.method} ${request.url?.split('/').at(-1)}`);
    waiting.push(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = await importWireKey('k1', 'a-secret-of-at-least-thirty-two-characters');
  const store = createWorkerStore({ url, key, now: Date.now });
  const keys = Array.from({ length: 20 }, (_, n) => `parts/b/b_1/v720/${n}.0.m4s`);
  const removing = store.remove(keys);
  const groups: number[] = [];
  for (let left = keys.length; left > 0; left -= groups.at(-1) ?? 0) {
    const wanted = Math.min(left, storeLimits.deletesAtOnceMax);
    await pollUntil(() => waiting.length >= wanted, 'as many requests as may be made at once', 5_000);
    groups.push(waiting.length);
    for (const response of waiting.splice(0)) response.writeHead(204).end();
  }
  await removing;
  expect(groups).toEqual([8, 8, 4]);
  expect(removed.toSorted()).toEqual(keys.map((one) => `DELETE ${one.split('/').at(-1)}`).toSorted());
  server.closeAllConnections();
  server.close();
});

it('tells a key that is refused from an object of another origin', async () => {
  const problems: object[] = [{ code: 'forbidden', reason: 'other_origin' }, { code: 'forbidden' }];
  const server = createServer((_, response) => response.writeHead(403).end(JSON.stringify(problems.shift())));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = await importWireKey('k1', 'a-secret-of-at-least-thirty-two-characters');
  const put = () => createWorkerStore({ url, key, now: Date.now }).put('b/b_1/v720/0.m4s', [Buffer.from('x')]);
  await expect(put()).rejects.toMatchObject({ code: 'store_not_ours' });
  await expect(put()).rejects.toMatchObject({ code: 'store_refused' });
  server.closeAllConnections();
  server.close();
});
