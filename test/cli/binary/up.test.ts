import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClone } from '../../scripts/fake-clone.ts';
import { cli } from '../../support/cli-run.ts';

let clone: FakeClone;
beforeEach(() => {
  clone = new FakeClone();
  clone.writeJson('package.json', { name: 'clone', type: 'module' });
});
afterEach(() => clone.remove());

const headwater = (...args: string[]) => cli(args, { root: clone.folder, cwd: clone.folder });

/** A stack that notes its arguments and its addresses, and ends once the CLI has told them. */
const stack = `
  import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
  writeFileSync('arguments', process.argv.slice(2).join(' '));
  mkdirSync('.headwater');
  const pops = [{ name: 'fra', url: 'http://127.0.0.1:1' }];
  const run = { pops, channel: 'demo', watch: '/watch/demo', hls: '/live/demo/index.m3u8', dash: '/live/demo/index.mpd',
    rtmp: 'rtmp://127.0.0.1:2/live', api: 'http://127.0.0.1:1/api/v1', apiToken: 'hw_secret', streamKey: 'sk_secret',
    pids: { stack: process.pid } };
  writeFileSync('.headwater/run.json', JSON.stringify(run));
  const timer = setInterval(() => existsSync('told') && (clearInterval(timer), process.disconnect?.()), 10);`;

it('up --json tells the addresses when all runs, without secrets', async () => {
  clone.write('scripts/start.ts', stack);
  const { code, out } = await cli(['up', '--json', '--pops', 'fra', '--no-test-card', '--no-setup'], {
    root: clone.folder,
    cwd: clone.folder,
    onOut: () => writeFileSync(join(clone.folder, 'told'), ''),
  });
  expect([code, clone.read('arguments')]).toEqual([0, `--pops fra --data ${clone.folder}/.headwater --no-test-card`]);
  expect(JSON.parse(out)).toEqual({
    pops: [{ name: 'fra', url: 'http://127.0.0.1:1' }],
    channel: 'demo',
    watch: '/watch/demo',
    hls: '/live/demo/index.m3u8',
    dash: '/live/demo/index.mpd',
    rtmp: 'rtmp://127.0.0.1:2/live',
    api: 'http://127.0.0.1:1/api/v1',
  });
});

it.each([
  [['up', '--no-setup'], 'start', 'up_failed'],
  [['deploy', '--dry-run', '--no-setup'], 'deploy', 'deploy_failed'],
])('%o tells that it failed', async (args, script, code) => {
  clone.write(`scripts/${script}.ts`, 'process.exitCode = 3;');
  const run = await headwater(...args, '--json');
  expect([run.code, run.out, JSON.parse(run.err).error.code]).toEqual([1, '', code]);
});

it.each([
  ['up', 'start'],
  ['deploy', 'deploy'],
])('%s says why it failed as its script did, to people once', async (command, script) => {
  const printed = pathToFileURL(join(import.meta.dirname, '../../../scripts/local/terminal.ts')).href;
  const failure = "{ code: 'not_logged_in', message: 'Nobody is logged in.', hint: 'Log in.' }";
  clone.write(
    `scripts/${script}.ts`,
    `import { printFailure } from '${printed}'; printFailure(${failure}); process.exitCode = 1;`,
  );
  // The script has told people, on the stderr that it shares.
  expect(await headwater(command, '--no-setup')).toMatchObject({ code: 1, out: '', err: '' });
  const { code, out, err } = await headwater(command, '--no-setup', '--json');
  expect([code, out, JSON.parse(err).error]).toEqual([
    1,
    '',
    { code: 'not_logged_in', message: 'Nobody is logged in.', hint: 'Log in.' },
  ]);
});

it('deploy hands its options on and tells what it did', async () => {
  clone.write(
    'scripts/deploy.ts',
    "import { writeFileSync } from 'node:fs'; writeFileSync('arguments', process.argv.slice(2).join(' '));",
  );
  expect((await headwater('deploy', '--dry-run', '--no-setup', '--json')).json).toEqual({
    deployed: false,
    dryRun: true,
  });
  expect(clone.read('arguments')).toBe('--dry-run');
  const options = ['--new-secrets', '--secrets-file', 'kept.env', '--no-setup', '--json'];
  expect((await headwater('deploy', ...options)).json).toEqual({ deployed: true, dryRun: false });
  expect(clone.read('arguments')).toBe(`--new-secrets --secrets-file ${clone.folder}/kept.env`);
});
