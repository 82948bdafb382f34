import { afterAll, beforeAll, expect, test } from 'vitest';
import { importWireKey } from '#shared/wire/signature.ts';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { s3Vars } from '../support/bucket-stage.ts';
import { type Edge, startEdge } from '../support/edge.ts';
import { FakeOrigin, wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { keepBroadcast, makeBroadcast } from '../support/finished-broadcast.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';

let server: S3Server;
let origin: FakeOrigin;
let edge: Edge;

beforeAll(async () => {
  server = await startS3Server();
  origin = await FakeOrigin.start();
  edge = await startEdge({ originUrl: origin.url, vars: s3Vars(server.options) });
});
afterAll(async () => {
  await edge?.stop();
  await origin?.stop();
  await server?.close();
});

async function get(path: string) {
  const response = await fetch(new URL(path, edge.url('sin')));
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

async function addFinished(): Promise<string> {
  const { broadcast } = await edge.addBroadcast();
  await edge.sql("UPDATE broadcasts SET state = 'ended', ended_ms = ?2 WHERE id = ?1", broadcast, Date.now());
  return broadcast;
}

test('what an origin put into a bucket with the S3 API is played from there through a PoP', async () => {
  const live = makeBroadcast();
  const broadcast = await addFinished();
  await keepBroadcast(createS3Store(server.options), live, broadcast, true);
  expect((await get(`/b/${broadcast}/index.m3u8`)).body.toString()).toBe(live.window.multivariant());
  for (const name of ['v360', 'a1']) {
    const playlist = (await get(`/b/${broadcast}/${name}/index.m3u8`)).body.toString();
    expect(playlist).toBe(live.window.playlist(name, false)?.text);
    const { segments, init } = readMediaPlaylist(playlist);
    expect(segments.length).toBeGreaterThan(4);
    for (const file of [init ?? '', ...segments]) {
      const { status, body } = await get(`/b/${broadcast}/${name}/${file}`);
      expect([file, status, body.equals(live.stored.get(`${name}/${file}`) ?? Buffer.alloc(0))]).toEqual([
        file,
        200,
        true,
      ]);
    }
  }
  expect((await get(`/b/${broadcast}/v360/99.m4s`)).status).toBe(404);
  expect(origin.seen.filter(({ target }) => target.includes('index'))).toEqual([]);
});

test('what an origin without keys of its own puts through the Worker lies in that bucket too', async () => {
  const key = await importWireKey(wireKeyId, wireSecret);
  const through = createWorkerStore({ url: edge.url(), key, now: Date.now });
  await through.put('b/b_1/v720/0.m4s', [Buffer.from('media')]);
  expect((await createS3Store(server.options).get('b/b_1/v720/0.m4s'))?.toString()).toBe('media');
  expect((await through.get('b/b_1/v720/0.m4s'))?.toString()).toBe('media');
});
