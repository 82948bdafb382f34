import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli, tempFolder } from '../support/cli-run.ts';

let api: ApiDouble;
let folder: ReturnType<typeof tempFolder>;

beforeEach(async () => {
  api = await ApiDouble.start();
  api.json('GET /api/v1/channels', { channels: [], next: null });
  folder = tempFolder();
});

afterEach(async () => {
  await api.stop();
  folder.remove();
});

/** A stack that runs in the folder, as this process. */
function writeRunFile(pid: number, token = 'token-of-the-stack', url = api.url): void {
  mkdirSync(join(folder.path, '.headwater'), { recursive: true });
  const run = {
    pops: [{ name: 'fra', url }],
    apiToken: token,
    pids: { stack: pid },
    rtmp: 'rtmp://127.0.0.1:1/live',
  };
  writeFileSync(join(folder.path, '.headwater/run.json'), JSON.stringify(run));
}

const list = (args: readonly string[] = [], env = {}) => cli(['channel', 'list', ...args], { cwd: folder.path, env });
const authorization = () => api.calls.at(-1)?.headers.authorization;

it('takes options before the environment, and the environment before the local stack', async () => {
  writeRunFile(process.pid);
  expect((await list()).code).toBe(0);
  expect(authorization()).toBe('Bearer token-of-the-stack');
  await list([], { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'token-of-the-environment' });
  expect(authorization()).toBe('Bearer token-of-the-environment');
  writeFileSync(join(folder.path, 'token'), 'token-of-the-file\n');
  const given = ['--url', `${api.url}/api/v1/`, '--token-file', 'token'];
  await list(given, { HEADWATER_URL: 'http://127.0.0.1:9', HEADWATER_TOKEN: 'x' });
  expect(authorization()).toBe('Bearer token-of-the-file');
});

it("never sends the local stack's token anywhere else", async () => {
  const other = await ApiDouble.start();
  writeRunFile(process.pid);
  const { code, err } = await list(['--url', other.url]);
  expect([code, other.calls]).toEqual([1, []]);
  expect(err).toContain('(no_token)');
  await other.stop();
});

it('a stack whose PoPs are elsewhere is none: no token goes there', async () => {
  writeRunFile(process.pid, 'token-of-the-stack', api.url.replace('127.0.0.1', '0.0.0.0'));
  const { err } = await list([], { HEADWATER_TOKEN: 'token-of-the-environment' });
  expect([err.includes('(no_address)'), api.calls]).toEqual([true, []]);
});

it('a stack that has died is none', async () => {
  writeRunFile(2 ** 22 + 1);
  const { code, err } = await list();
  expect(code).toBe(1);
  expect(err).toBe(
    'error  It is not known where Headwater runs. (no_address)\n' +
      '  Name one with --url or HEADWATER_URL, or start a stack on this machine: npx headwater up\n',
  );
});

it.each([
  ['ftp://a.example', 'not an http or https URL'],
  ['a.example', 'not an http or https URL'],
  ['https://a.example/x', 'has a path'],
  ['https://me:secret@a.example', 'holds a name or a password'],
])('refuses the address %s', async (url, words) => {
  const { code, err } = await list(['--url', url]);
  expect(code).toBe(2);
  expect(err).toContain(words);
  expect(err).not.toContain('secret');
});

it.each([['--token', 'hw_secret'], ['--token=hw_secret']])(
  'refuses a token in the command line and does not repeat it',
  async (...args) => {
    const { code, out, err } = await list(['--url', api.url, ...args]);
    expect([code, api.calls]).toEqual([2, []]);
    expect(err).toContain('HEADWATER_TOKEN');
    expect(out + err).not.toContain('hw_secret');
  },
);

it.each([
  ['gone', null, 'cannot be read (ENOENT)'],
  ['empty', '', 'does not hold an API token'],
  ['two words', 'a b', 'does not hold an API token'],
])('a token file that is %s', async (_, text, words) => {
  if (text !== null) writeFileSync(join(folder.path, 'token'), text);
  const { code, err } = await list(['--url', api.url, '--token-file', 'token']);
  expect(code).toBe(1);
  expect(err).toContain(words);
  expect(err).toContain('(token_unreadable)');
});
