import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { acknowledgedBy, hashBytes, replayedFrom, startKillableOrigin } from '../support/killed-origins.ts';
import { type FaultyBucket, type S3Fault, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { seededRandom } from '../support/seeded.ts';

/**
 * Row 17 of the fault matrix with the media half of an origin, which makes a segment every few ms: what was acknowledged
 * before a kill is in the replay, and holes are marked. The whole origin: real-origin-killed.test.ts.
 */

const killsPerBroadcast = 5;
const renditions = ['v360', 'a1'];

let folder: string;
let server: S3Server;
let faulty: FaultyBucket;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-killed-'));
  server = await startS3Server();
  faulty = await startFaultyBucket(server.options.endpoint ?? '');
});
afterAll(async () => {
  await faulty?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const start = (broadcast: string) =>
  startKillableOrigin(folder, broadcast, { ...server.options, endpoint: faulty.endpoint });

const faults: readonly S3Fault[] = ['500', '503', '403', 'cut-request', 'cut-response', 'lost-ack'];

test.each([
  ['a healthy bucket', 1, 0],
  ['a bucket that fails', 3, 0.3],
])(
  'killed at five random moments, with %s (seed %i): the replay is what was acknowledged, and holes are marked',
  async (_, seed, faultShare) => {
    const random = seededRandom(seed);
    faulty.decide = () => (random() < faultShare ? (faults[Math.floor(random() * faults.length)] ?? 'none') : 'none');
    const broadcast = `b_${String(seed).padStart(20, '0')}`;
    const known = new Map<string, string>();
    for (let kill = 0; kill < killsPerBroadcast; kill++) {
      const child = await start(broadcast);
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const [path, sum] of await acknowledgedBy(folder, broadcast)) {
        expect([path, known.get(path) ?? sum]).toEqual([path, sum]);
        known.set(path, sum);
      }
    }
    const last = await start(broadcast);
    last.send('end');
    const [code] = await once(last, 'exit');
    expect(code).toBe(0);
    const { listed, gaps } = await replayedFrom(broadcast, createS3Store(server.options), renditions);
    expect(known.size).toBeGreaterThan(0);
    expect([...known].filter(([path, sum]) => listed.get(path) !== sum)).toEqual([]);
    // What the bucket has of it is what the origin had at its end.
    for (const [path, sum] of listed) {
      const spooled = await readFile(join(folder, 'spool/b', broadcast, path));
      expect([path, sum]).toEqual([path, hashBytes(spooled)]);
    }
    // At most what was open and what came before it, each time.
    for (const numbers of gaps.values()) expect(numbers.length).toBeLessThanOrEqual(3 * killsPerBroadcast);
  },
  120_000,
);
