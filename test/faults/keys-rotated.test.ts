import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlDouble } from '../support/control-double.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { acknowledgedBy, inBucket } from '../support/killed-origins.ts';
import { pollUntil } from '../support/poll.ts';
import { RealOrigin, smallSource } from '../support/real-origin.ts';
import { type FaultyBucket, startFaultyBucket } from '../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { publishTags, type TagPublisher } from '../support/tag-publisher.ts';

/** Row 27 of the fault matrix with the origin as it runs: its keys are taken back while it is live, and it gets others. */

const broadcast = 'b_00000000000000000000';

let folder: string;
let control: ControlDouble;
let server: S3Server;
let bucket: FaultyBucket;
let origin: RealOrigin;
let publisher: TagPublisher;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-keys-'));
  control = await ControlDouble.start(new Map([['sk_0', broadcast]]));
  server = await startS3Server();
  bucket = await startFaultyBucket(server.options.endpoint ?? '');
});
afterEach(async () => {
  await publisher?.stop();
  await origin?.stop();
  for (const id of ['FIRST', 'SECOND']) server.revoke(id);
  await bucket?.close();
  await server?.close();
  await control?.close();
  await rm(folder, { recursive: true, force: true });
});

const path = () => join(folder, 'credentials');

/** As a tool for secrets does it: the file is replaced in one step. */
async function hand(id: string): Promise<void> {
  await writeFile(`${path()}.new`, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = of-${id}\n`);
  await rename(`${path()}.new`, path());
}

const logged = (event: string) => origin.log.filter((line) => line.event === event);
const findings = () => control.reports.get(broadcast)?.findings.map(({ code }) => code) ?? [];
const sizeInBucket = () => inBucket(broadcast, bucket).size;

test('keys that are taken back: the origin says so, keeps everything, and goes on with those that it is given, without a restart', async () => {
  server.allow('FIRST', 'of-FIRST');
  await hand('FIRST');
  const { accessKeyId: _, secretAccessKey: __, ...place } = server.options;
  const options = { ...place, endpoint: bucket.endpoint, credentialsPath: path() };
  origin = await RealOrigin.start({ folder, controlUrl: control.url, bucket: options });
  publisher = await publishTags(`${origin.rtmpUrl}/sk_0`, readFlvFile(await makeFlvFile(...smallSource(120)), 0));
  await pollUntil(() => sizeInBucket() >= 2, 'the first segments in the bucket', 30_000);
  server.revoke('FIRST');
  await pollUntil(() => findings().includes('storage.refused'), 'the finding', 30_000);
  const sizeBefore = sizeInBucket();
  const acknowledged = async () => (await acknowledgedBy(join(folder, 'data'), broadcast)).size;
  await pollUntil(async () => (await acknowledged()) > sizeBefore + 2, 'more segments in the spool', 30_000);
  // What the old keys had under way may have come through; after that nothing does.
  expect(sizeInBucket()).toBeLessThanOrEqual(sizeBefore + 1);
  server.allow('SECOND', 'of-SECOND');
  await hand('SECOND');
  await pollUntil(() => logged('bucket_works').length > 0, 'the bucket to take objects', 60_000);
  await pollUntil(() => !findings().includes('storage.refused'), 'the finding to be closed', 30_000);
  const all = await acknowledgedBy(join(folder, 'data'), broadcast);
  const missing = () => [...all].filter(([file, sum]) => inBucket(broadcast, bucket).get(file) !== sum);
  await pollUntil(() => missing().length === 0, 'all of it in the bucket', 30_000);
  expect(logged('origin_ready')).toHaveLength(1);
  const text = JSON.stringify(origin.log);
  for (const secret of ['of-FIRST', 'of-SECOND']) expect(text).not.toContain(secret);
}, 200_000);
