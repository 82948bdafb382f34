import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkOwnBucket, checkS3 } from '../../../cli/doctor/s3.ts';
import { s3Fault } from '../../../cli/doctor/s3-fault.ts';
import { createS3Store } from '../../../origin/store/s3-store.ts';
import { type FaultyBucket, type S3Fault, startFaultyBucket } from '../../support/s3-faults.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';

const variables = {
  HEADWATER_BUCKET_KIND: 's3',
  HEADWATER_S3_BUCKET: 'media',
  HEADWATER_S3_REGION: 'us-east-1',
  HEADWATER_S3_PATH_STYLE: 'on',
  HEADWATER_S3_ACCESS_KEY_ID: 'S3RVER',
  HEADWATER_S3_SECRET_ACCESS_KEY: 'very-secret',
};
const names = ['s3 put', 's3 get', 's3 list', 's3 delete'];

const check = (endpoint: string, more: Readonly<Record<string, string>> = {}) =>
  checkOwnBucket({ ...variables, HEADWATER_S3_ENDPOINT: endpoint, ...more });

describe('a bucket', () => {
  let server: S3Server;
  let faulty: FaultyBucket;
  beforeAll(async () => {
    server = await startS3Server();
    faulty = await startFaultyBucket(server.options.endpoint ?? '');
  });
  afterEach(() => {
    faulty.decide = () => 'none';
  });
  afterAll(async () => {
    await faulty.close();
    await server.close();
  });

  async function keysLeft(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of createS3Store(server.options).list('b/')) keys.push(key);
    return keys;
  }

  it('that lets the origin do all it has to is ✓, and nothing is left in it', async () => {
    const verdicts = await check(faulty.endpoint);
    expect(verdicts.map(({ check: name, status }) => [name, status])).toEqual(names.map((name) => [name, 'ok']));
    expect(verdicts[0]?.detail).toMatch(/^media, \d+ ms$/);
    expect(await keysLeft()).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, S3Fault, string, string]>([
    ['an access key that nobody knows', { HEADWATER_S3_ACCESS_KEY_ID: 'X' }, 'none', 'does not know', '_ACCESS_KEY_ID'],
    [
      'a bucket that is not there',
      { HEADWATER_S3_BUCKET: 'nothing' },
      'none',
      'There is no bucket nothing',
      '_S3_BUCKET',
    ],
    ['a wrong secret', {}, 'wrong-secret', 'The secret key is wrong', '_SECRET_ACCESS_KEY'],
    ['a wrong clock', {}, '403', 'The clocks of this machine and the bucket differ', 'timedatectl'],
    ['trouble of its own', {}, '500', 'put failed: InternalError', 'Try again'],
  ])('with %s is ✗ with a fix, and nothing more is tried', async (_, more, fault, detail, fix) => {
    faulty.decide = () => fault;
    const [put, ...rest] = await check(faulty.endpoint, more);
    expect(put).toMatchObject({ check: 's3 put', status: 'failed' });
    expect([put?.detail, put?.fix]).toEqual([expect.stringContaining(detail), expect.stringContaining(fix)]);
    expect(rest.map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
  });

  it('that takes what it does not keep is ✗', async () => {
    faulty.decide = (method) => (method === 'PUT' ? 'lie' : 'none');
    const verdicts = await check(faulty.endpoint);
    expect(verdicts.map(({ status }) => status)).toEqual(['ok', 'failed', 'failed', 'ok']);
    expect(verdicts[1]?.detail).toBe('What was put is not there.');
  });

  it('that does not delete is ✗ though the rest is right', async () => {
    faulty.decide = (method) => (method === 'DELETE' ? 'lie' : 'none');
    const verdicts = await check(faulty.endpoint);
    expect(verdicts.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'failed']);
    await createS3Store(server.options).remove(await keysLeft());
  });
});

describe('keys in a file', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headwater-doctor-keys-'));
    path = join(folder, 'credentials');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each<[string, () => Promise<unknown>, string, string]>([
    ['that is not there', async () => {}, 'There is no file', 'HEADWATER_S3_CREDENTIALS_FILE'],
    ['without keys', () => writeFile(path, 'aws_access_key_id = a\n'), 'has no aws_access_key_id with', 'storage.md'],
  ])('%s is ✗ with a fix, and no bucket is asked', async (_, prepare, detail, fix) => {
    await prepare();
    const [keys, ...rest] = await checkS3({
      bucket: 'media',
      region: 'auto',
      forcePathStyle: true,
      credentialsPath: path,
    });
    expect(keys).toMatchObject({ check: 's3 keys', status: 'failed' });
    expect([keys?.detail, keys?.fix]).toEqual([expect.stringContaining(detail), expect.stringContaining(fix)]);
    expect(rest.map(({ status }) => status)).toEqual(names.map(() => 'skipped'));
  });
});

describe('something else than a bucket', () => {
  let server: Server;
  let endpoint: string;
  let answer: readonly [number, string, Readonly<Record<string, string>>?];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [status, text, headers] = answer;
      request.resume().on('end', () => response.writeHead(status, headers).end(text));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const error = (code: string, more = '') => `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`;

  it.each([
    [
      400,
      error('AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>'),
      {},
      'Set HEADWATER_S3_REGION=eu-west-1.',
    ],
    [301, error('PermanentRedirect'), { 'x-amz-bucket-region': 'eu-west-1' }, 'Set HEADWATER_S3_REGION=eu-west-1.'],
    [400, error('InvalidRegionName'), {}, 'Set HEADWATER_S3_REGION to that of the bucket.'],
    [403, error('AccessDenied'), {}, 'Give the key the right to put (s3:PutObject) in the bucket media.'],
    [403, '', {}, 'Give the key the right to put (s3:PutObject) in the bucket media.'],
    [403, error('ExpiredToken'), {}, 'Make a new one, and set HEADWATER_S3_ACCESS_KEY_ID'],
    [404, '<html>no', {}, 'Correct HEADWATER_S3_ENDPOINT.'],
  ])('%i %s %o: what to do', async (status, text, headers: Readonly<Record<string, string>>, fix) => {
    answer = [status, text, headers];
    const [put] = await check(endpoint);
    expect([put?.status, put?.fix]).toEqual(['failed', expect.stringContaining(fix)]);
    expect(put?.detail).not.toContain('very-secret');
  });

  it('nobody at the endpoint', async () => {
    const [put] = await check('http://127.0.0.1:9');
    expect([put?.detail, put?.fix]).toEqual([
      'Nothing answers at http://127.0.0.1:9 (ECONNREFUSED).',
      expect.stringContaining('Correct HEADWATER_S3_ENDPOINT'),
    ]);
  });
});

it.each([
  ['https://minio.example', 'set HEADWATER_S3_PATH_STYLE=on.'],
  [undefined, 'Set HEADWATER_S3_REGION to that of the bucket'],
])('no host of the name that %s makes', (endpoint, fix) => {
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { bucket: 'media', region: 'auto', endpoint, forcePathStyle: false, ...keys };
  const error = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  expect(s3Fault(error, 'put', options).fix).toContain(fix);
});

it('settings that are missing are named, and those that are not used', async () => {
  const { HEADWATER_S3_SECRET_ACCESS_KEY: _, ...without } = variables;
  const [missing, ...rest] = await checkOwnBucket(without);
  expect(rest).toEqual([]);
  expect(missing).toMatchObject({ check: 's3', status: 'failed' });
  expect(missing?.detail).toContain('HEADWATER_S3_SECRET_ACCESS_KEY');
  const [unused] = await checkOwnBucket({ ...variables, HEADWATER_BUCKET_KIND: 'worker' });
  expect(unused).toMatchObject({ check: 's3', status: 'skipped', detail: expect.stringContaining('not used') });
  expect(await checkOwnBucket({})).toEqual([]);
});
