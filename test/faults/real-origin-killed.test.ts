import { link, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRecord } from '#shared/model/record.ts';
import { createS3Store } from '../../origin/store/s3-store.ts';
import { ControlDouble } from '../support/control-double.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { acknowledgedBy, acknowledgedIn, replayedFrom } from '../support/killed-origins.ts';
import { pollUntil } from '../support/poll.ts';
import { RealOrigin, smallSource } from '../support/real-origin.ts';
import { type FaultyBucket, type S3Fault, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { seededRandom } from '../support/seeded.ts';
import { publishTags, type TagPublisher } from '../support/tag-publisher.ts';

/**
 * Row 17 of the fault matrix with the origin as it runs: RTMP in, ffmpeg, spool, journal and bucket, killed again and
 * again while broadcasts go on that are each at another place. HEADWATER_RUNS kills it more often, HEADWATER_SEED at other
 * moments.
 */

const kills = Number(process.env.HEADWATER_RUNS ?? 7);
const seed = Number(process.env.HEADWATER_SEED ?? 1);
const broadcasts = new Map([0, 1, 2].map((i) => [`sk_${i}`, `b_${String(i).padStart(20, '0')}`]));
/** Of a publisher's start before a kill, ms: before its first segment, in the midst of one, and after some. */
const lifeMsMax = 5_000;
/** More than any publisher is there for. */
const sourceS = 60;

let folder: string;
let control: ControlDouble;
let server: S3Server;
let faulty: FaultyBucket;
let origin: RealOrigin;
let publishers: TagPublisher[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-real-'));
  control = await ControlDouble.start(broadcasts);
  server = await startS3Server();
  faulty = await startFaultyBucket(server.options.endpoint ?? '');
});
afterAll(async () => {
  await Promise.all(publishers.map((one) => one.stop()));
  await origin?.stop();
  await control?.close();
  await faulty?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const dataDir = () => join(folder, 'data');
const journalOf = (broadcast: string) => join(dataDir(), 'broadcasts', `${broadcast}.ndjson`);
const ids = [...broadcasts.values()];

// Another try would begin beside the origin of the first one, in its folder.
test(`an origin killed ${kills} times at random moments (seed ${seed}) while three broadcasts go on: each replay is what was acknowledged, to the byte`, {
  retry: 0,
  timeout: 600_000,
}, async () => {
  const random = seededRandom(seed);
  const faults: readonly S3Fault[] = ['500', '503', 'cut-request', 'lost-ack'];
  faulty.decide = (method) =>
    method === 'PUT' && random() < 0.2 ? (faults[Math.floor(random() * faults.length)] ?? 'none') : 'none';
  const tags = readFlvFile(await makeFlvFile(...smallSource(sourceS)), 0);
  const known = new Map(ids.map((id) => [id, new Map<string, string>()]));
  /** What an origin that is not there any more has acknowledged: once said, never otherwise. */
  const note = async () => {
    for (const [id, before] of known) {
      const now = await acknowledgedBy(dataDir(), id);
      expect([id, [...before].filter(([path, sum]) => now.get(path) !== sum)]).toEqual([id, []]);
      for (const [path, sum] of now) before.set(path, sum);
    }
  };
  const startAll = async () => {
    const options = { controlUrl: control.url, bucket: { ...server.options, endpoint: faulty.endpoint } };
    origin = await RealOrigin.start({ folder, ...options });
    publishers = await Promise.all(
      [...broadcasts.keys()].map(async (key) => {
        await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
        return publishTags(`${origin.rtmpUrl}/${key}`, tags);
      }),
    );
  };
  for (let kill = 0; kill < kills; kill++) {
    await startAll();
    await new Promise((resolve) => setTimeout(resolve, random() * lifeMsMax));
    await origin.kill();
    await Promise.all(publishers.map((one) => one.stop()));
    await note();
  }
  control.reconnectWindowMs = 500;
  await startAll();
  const size = async (id: string) => (await acknowledgedBy(dataDir(), id)).size;
  const before = await Promise.all(ids.map(size));
  const grown = async () => (await Promise.all(ids.map(size))).every((now, i) => now > (before[i] ?? 0) + 2);
  await pollUntil(grown, 'segments of the last origin', 60_000);
  // The journal goes with the end of its broadcast: by another name it stays.
  for (const id of ids) await link(journalOf(id), join(folder, id));
  faulty.decide = () => 'none';
  await Promise.all(publishers.map((one) => one.stop()));
  const isThere = (id: string) => /ready|partial/.test(control.replays.get(id)?.state ?? '');
  await pollUntil(() => ids.every(isThere), 'the replays', 60_000);
  for (const [id, acknowledged] of known) {
    const lines = await readFile(join(folder, id), 'utf8');
    const all = await acknowledgedIn(lines, dataDir(), id);
    expect([id, [...acknowledged].filter(([path, sum]) => all.get(path) !== sum)]).toEqual([id, []]);
    const renditions = [...parseRecord(lines).tracks.keys()];
    const { listed, gaps } = await replayedFrom(id, createS3Store(server.options), renditions);
    expect([id, renditions.length, [...listed].sort()]).toEqual([id, 2, [...all].sort()]);
    // What was open, and what came before it, each time that it was not there for long enough to make any.
    for (const numbers of gaps.values()) expect(numbers.length).toBeLessThanOrEqual(3 * kills);
  }
  const sizes = [...known.values()].map((one) => one.size);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});
