import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysInFile } from '../../origin/store/s3-keys.ts';

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

it('says so where there are none, and not what the file has', async () => {
  await writeFile(path, 'aws_secret_access_key = of-nobody\n');
  const refusal = { code: 'store_refused', message: expect.not.stringContaining('of-nobody') };
  await expect(keysInFile(path)()).rejects.toMatchObject(refusal);
});
