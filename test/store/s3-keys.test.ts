import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WireKey } from '#shared/wire/signature.ts';
import { openBucket } from '../../origin/store/open-bucket.ts';
import { keysInFile } from '../../origin/store/s3-keys.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-keys-'));
  path = join(folder, 'credentials');
});
afterEach(() => rm(folder, { recursive: true }));

const text = (id: string, secret: string) => `aws_access_key_id = ${id}\naws_secret_access_key=${secret}\n`;

it.each([
  ['without a profile', text('a', 'b/+=')],
  ['of the profile "default" among others', `[other]\n${text('x', 'y')}\r\n[default]\r\n${text('a', 'b/+=')}[third]\n`],
  ['with comments and settings for others', `# ours\n[default]\nregion = auto\n${text('a', 'b/+=')}`],
])('reads keys %s', async (_, content) => {
  await writeFile(path, content);
  expect(await keysInFile(path)()).toMatchObject({ accessKeyId: 'a', secretAccessKey: 'b/+=' });
});

it('reads the token of keys that were lent', async () => {
  await writeFile(path, `${text('a', 'b')}aws_session_token = t\n`);
  expect(await keysInFile(path)()).toMatchObject({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 't' });
});

it('goes on with the keys before while the file is half written or away, and takes new ones at once', async () => {
  await writeFile(path, text('a', 'b'));
  const keys = keysInFile(path);
  const idNow = async () => (await keys()).accessKeyId;
  expect(await idNow()).toBe('a');
  await writeFile(path, 'aws_access_key_id = c\n');
  expect(await idNow()).toBe('a');
  await rm(path);
  expect(await idNow()).toBe('a');
  await writeFile(path, text('c', 'd'));
  expect(await idNow()).toBe('c');
});

it('tells once why the file cannot be used, and when it can again', async () => {
  const told: unknown[] = [];
  const keys = keysInFile(path, (fault) => told.push(fault));
  const ask = () => keys().catch(() => {});
  const steps: (() => Promise<unknown>)[] = [
    async () => {},
    () => writeFile(path, text('a', 'b')),
    () => writeFile(path, 'aws_access_key_id = c\n'),
    () => rm(path),
    () => mkdir(path),
    () => rm(path, { recursive: true }),
    () => writeFile(path, text('c', 'd')),
  ];
  for (const step of steps) {
    await step();
    await ask();
    await ask();
  }
  expect(told).toEqual(['missing', null, 'no_keys', 'missing', 'unreadable', 'missing', null]);
});

it('an origin says in its log why it has no keys before it needs them', async () => {
  const lines: object[] = [];
  const log = { ...silentLog, warn: (fields: object) => void lines.push(fields) };
  const settings = {
    kind: 's3',
    bucket: 'media',
    region: 'auto',
    forcePathStyle: true,
    credentialsPath: path,
  } as const;
  openBucket(settings, '', {} as WireKey, log);
  await pollUntil(() => lines.length > 0, 'a line', 2_000);
  expect(lines).toMatchObject([{ event: 'keys_unreadable', code: 'missing', path }]);
});

it('says so where there are none, and not what the file has', async () => {
  await writeFile(path, 'aws_secret_access_key = of-nobody\n');
  const refusal = { code: 'store_refused', message: expect.not.stringContaining('of-nobody') };
  await expect(keysInFile(path)()).rejects.toMatchObject(refusal);
});
