import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { acknowledgedBy, inBucket, replayedFrom, startKillableOrigin } from '../support/killed-origins.ts';
import { pollUntil } from '../support/poll.ts';
import { type FaultyBucket, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { seededRandom } from '../support/seeded.ts';

/** Row 17 of the fault matrix with another machine: origins with folders of their own go on with each other's broadcast. */

const renditions = ['v360', 'a1'];

let folder: string;
let server: S3Server;
let faulty: FaultyBucket;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-other-'));
  server = await startS3Server();
  faulty = await startFaultyBucket(server.options.endpoint ?? '');
});
afterAll(async () => {
  await faulty?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

let tries = 0;

test.each([
  ['a healthy bucket', 1, 0],
  ['a bucket that fails', 2, 0.2],
  ['a bucket that fails', 3, 0.2],
])(
  'two origins killed one after the other, with %s (seed %i): a third ends a replay of all that the bucket had',
  async (_, seed, faultShare) => {
    const random = seededRandom(seed);
    faulty.decide = (method) => (method === 'PUT' && random() < faultShare ? '500' : 'none');
    // Another one each time: what is over does not begin anew.
    const broadcast = `b_${String(100 * seed + tries++).padStart(20, '0')}`;
    const options = { ...server.options, endpoint: faulty.endpoint };
    const folders = ['first', 'second', 'third'].map((name) => join(folder, `${broadcast}-${name}`));
    const known = new Map<string, string>();
    const announced = new Map<string, string>();
    let endMs: number | null = null;
    for (const [place, own] of folders.entries()) {
      const origin = await startKillableOrigin(own, broadcast, options, endMs);
      const before = known.size;
      await pollUntil(() => inBucket(broadcast, faulty).size > before + 4, 'segments in the bucket', 20_000);
      await new Promise((resolve) => setTimeout(resolve, random() * 200));
      const isLast = place === folders.length - 1;
      if (isLast) origin.send('end');
      else origin.kill('SIGKILL');
      const [code] = await once(origin, 'exit');
      expect(code).toBe(isLast ? 0 : null);
      for (const [path, sum] of await acknowledgedBy(own, broadcast)) {
        expect([path, announced.get(path) ?? sum]).toEqual([path, sum]);
        announced.set(path, sum);
      }
      for (const [path, sum] of inBucket(broadcast, faulty)) {
        expect([path, known.get(path) ?? sum]).toEqual([path, sum]);
        known.set(path, sum);
      }
      expect(known.size).toBeGreaterThan(before);
      endMs =
        2_000 * (1 + Math.max(...[...announced.keys()].map((path) => Number.parseInt(path.split('/')[1] ?? '', 10))));
    }
    const { listed, gaps } = await replayedFrom(broadcast, createS3Store(server.options), renditions);
    // All that reached the bucket is there, to the byte.
    expect([...known].filter(([path, sum]) => listed.get(path) !== sum)).toEqual([]);
    // What a dead one had and never sent is a hole: no number of it was used for anything else.
    expect([...announced].filter(([path, sum]) => (listed.get(path) ?? sum) !== sum)).toEqual([]);
    for (const name of renditions) expect(gaps.get(name)?.length).toBeGreaterThan(0);
  },
  60_000,
);
