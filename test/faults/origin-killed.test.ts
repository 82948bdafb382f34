import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecord } from '#shared/model/record.ts';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { Replay } from '../../workers/shield/replay.ts';
import { type FaultyBucket, type S3Fault, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { seededRandom } from '../support/seeded.ts';

/** Row 17 of the fault matrix at many moments: what was acknowledged before a kill is in the replay, and holes are marked. */

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

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function startOrigin(broadcast: string): Promise<ChildProcess> {
  const options = JSON.stringify({ ...server.options, endpoint: faulty.endpoint });
  const path = join(import.meta.dirname, '../support/killable-origin.ts');
  const execPath = join(import.meta.dirname, '../../node_modules/.bin/node');
  const child = fork(path, [folder, broadcast, options], { execPath, execArgv: [], silent: true });
  const errors: string[] = [];
  child.stderr?.on('data', (text) => errors.push(String(text)));
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  expect([said, errors.join('')]).toEqual(['live', '']);
  return child;
}

/** Hashes of the segments that the origin has acknowledged: named in its record, their bytes in the spool. */
async function acknowledged(broadcast: string): Promise<Map<string, string>> {
  const lines = await readFile(join(folder, 'broadcasts', `${broadcast}.ndjson`), 'utf8').catch(() => '');
  const found = new Map<string, string>();
  for (const [name, { timeline }] of parseRecord(lines).tracks) {
    for (const { msn, gap } of timeline.segments) {
      const path = `${name}/${msn}.m4s`;
      if (!gap) found.set(path, hash(await readFile(join(folder, 'spool/b', broadcast, path))));
    }
  }
  return found;
}

/** Hashes of the segments that the replay's playlists list, and how many it says are missing. */
async function replayed(broadcast: string) {
  const bucket = createS3Store(server.options);
  const record = (await bucket.get(`b/${broadcast}/record.ndjson.gz`)) ?? Buffer.alloc(0);
  const replay = new Replay(parseRecord(gunzipSync(record).toString()));
  expect(replay.isWhole).toBe(true);
  const listed = new Map<string, string>();
  const gaps = new Map<string, number[]>();
  for (const name of renditions) {
    const text = replay.playlist(name)?.text ?? '';
    const numbers: number[] = [];
    for (const [, gap, file = ''] of text.matchAll(
      /(#EXT-X-GAP\n)?(?:#EXT-X-(?!GAP)[^\n]*\n)*#EXTINF:[^\n]*\n(\d+\.m4s)/g,
    )) {
      const path = `${name}/${file}`;
      if (gap) gaps.set(name, [...(gaps.get(name) ?? []), Number.parseInt(file, 10)]);
      else listed.set(path, hash((await bucket.get(`b/${broadcast}/${path}`)) ?? Buffer.alloc(0)));
      numbers.push(Number.parseInt(file, 10));
    }
    expect(numbers).toEqual(numbers.map((_, msn) => msn));
  }
  return { listed, gaps };
}

const faults: readonly S3Fault[] = ['500', '503', '403', 'cut-request', 'cut-response', 'lost-ack'];

test.each([
  ['a healthy bucket', 1, 0],
  ['a healthy bucket', 2, 0],
  ['a bucket that fails', 3, 0.3],
  ['a bucket that fails', 4, 0.3],
])(
  'killed at five random moments, with %s (seed %i): the replay is what was acknowledged, and holes are marked',
  async (_, seed, faultShare) => {
    const random = seededRandom(seed);
    faulty.decide = () => (random() < faultShare ? (faults[Math.floor(random() * faults.length)] ?? 'none') : 'none');
    const broadcast = `b_${String(seed).padStart(20, '0')}`;
    const known = new Map<string, string>();
    for (let kill = 0; kill < killsPerBroadcast; kill++) {
      const child = await startOrigin(broadcast);
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const [path, sum] of await acknowledged(broadcast)) {
        expect([path, known.get(path) ?? sum]).toEqual([path, sum]);
        known.set(path, sum);
      }
    }
    const last = await startOrigin(broadcast);
    last.send('end');
    const [code] = await once(last, 'exit');
    expect(code).toBe(0);
    const { listed, gaps } = await replayed(broadcast);
    expect(known.size).toBeGreaterThan(0);
    expect([...known].filter(([path, sum]) => listed.get(path) !== sum)).toEqual([]);
    // What the bucket has of it is what the origin had at its end.
    for (const [path, sum] of listed) {
      const spooled = await readFile(join(folder, 'spool/b', broadcast, path));
      expect([path, sum]).toEqual([path, hash(spooled)]);
    }
    // At most what was open and what came before it, each time.
    for (const numbers of gaps.values()) expect(numbers.length).toBeLessThanOrEqual(3 * killsPerBroadcast);
  },
  120_000,
);
