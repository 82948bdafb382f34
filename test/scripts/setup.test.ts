import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClone } from './fake-clone.ts';

let clone: FakeClone;

beforeEach(() => {
  clone = new FakeClone();
});

afterEach(() => clone.remove());

const newer = { 'node_modules/left': { version: '2.0.0' } };

/** An npm that notes down as installed what the lockfile says. */
const obedientNpm = `
  const { packages } = JSON.parse(require('node:fs').readFileSync('package-lock.json', 'utf8'));
  delete packages[''];
  require('node:fs').writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));`;

/** A package manager whose packages are programs of the same name; only the tester in Varnish has another, and fails when asked for help. */
function manager(name: string): string {
  return `
    const packages = process.argv.slice(2).filter((word) => ['ffmpeg', 'chromium', 'varnish'].includes(word));
    for (const name of packages) {
      const program = name === 'varnish' ? 'varnishtest' : name;
      const text = '#!/bin/sh\\necho ${name}; exit ' + (name === 'varnish' ? 1 : 0);
      require('node:fs').writeFileSync(${JSON.stringify(clone.programs)} + '/' + program, text, { mode: 0o755 });
    }`;
}

/** A sudo that asks nothing, for where the tests do not run as root. */
const easySudo = `
  const words = process.argv.slice(2).filter((word) => word !== '-n' && word !== 'env' && !word.includes('='));
  if (words[0] !== 'true') {
    const { status } = require('node:child_process').spawnSync(words[0], words.slice(1), { stdio: 'inherit' });
    process.exit(status);
  }`;

it('is silent and quick when there is nothing to do', async () => {
  clone.program('ffmpeg');
  clone.program('chromium');
  clone.program('varnishtest');
  for (const command of ['test', 'start', 'check']) {
    const { code, output, durationMs } = await clone.run(['scripts/setup.mjs', command]);
    expect([code, output]).toEqual([0, '']);
    expect(durationMs).toBeLessThan(1_000);
  }
  expect(clone.calls).toEqual([]);
});

it('runs npm when the lockfile names another version, and once only', async () => {
  clone.lockPackages(newer);
  clone.program('npm', obedientNpm);
  const before = clone.read('package-lock.json');
  const first = await clone.run(['scripts/setup.mjs', 'check']);
  expect(first.code).toBe(0);
  expect(first.output).toContain('installing the npm packages');
  expect(clone.calls).toEqual([expect.stringMatching(/^npm install --no-save --no-audit --no-fund/)]);
  expect(clone.read('package-lock.json')).toBe(before);
  expect((await clone.run(['scripts/setup.mjs', 'check'])).output).toBe('');
  expect(clone.calls).toHaveLength(1);
});

it('two set-ups at once install once', async () => {
  clone.lockPackages(newer);
  clone.program('npm', `setTimeout(() => {${obedientNpm}}, 1_200);`);
  const both = await Promise.all([1, 2].map(() => clone.run(['scripts/setup.mjs', 'check'])));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(clone.calls).toHaveLength(1);
});

it('takes over the lock of a set-up that is gone', async () => {
  clone.lockPackages(newer);
  clone.program('npm', 'process.kill(process.ppid, "SIGKILL");');
  await clone.run(['scripts/setup.mjs', 'check']);
  clone.program('npm', obedientNpm);
  expect((await clone.run(['scripts/setup.mjs', 'check'])).code).toBe(0);
});

it('puts the lockfile back when npm changes it', async () => {
  clone.lockPackages(newer);
  clone.program('npm', `${obedientNpm} require('node:fs').writeFileSync('package-lock.json', '{}');`);
  const before = clone.read('package-lock.json');
  const { code, output } = await clone.run(['scripts/setup.mjs', 'check']);
  expect(code).toBe(1);
  expect(output).toContain('package.json and package-lock.json disagree');
  expect(clone.read('package-lock.json')).toBe(before);
});

it('shows what npm said when it fails, and tries again at the next run', async () => {
  clone.lockPackages(newer);
  clone.program('npm', 'console.error("npm error the registry is gone"); process.exit(3);');
  const { code, output } = await clone.run(['scripts/setup.mjs', 'check']);
  expect(code).toBe(1);
  expect(output).toContain('npm install failed (exit code 3)');
  expect(output).toContain('| npm error the registry is gone');
  clone.program('npm', obedientNpm);
  expect((await clone.run(['scripts/setup.mjs', 'check'])).code).toBe(0);
});

it('installs missing tools with the package manager, as root or through sudo', async () => {
  clone.program('sudo', easySudo);
  clone.program('apt-get', manager('apt-get'));
  const { code, output } = await clone.run(['scripts/setup.mjs', 'test']);
  expect(output).toContain('ffmpeg is missing: it encodes every stream');
  expect(output).toContain('chromium is missing: the tests play streams in it');
  expect(output).toContain('varnishtest is missing: it judges the caching rules from outside');
  expect(code).toBe(0);
  const calls = clone.calls.filter((call) => call.startsWith('apt-get'));
  expect(calls).toEqual([
    'apt-get update',
    expect.stringMatching(/^apt-get install -y --no-install-recommends .*ffmpeg chromium varnish$/),
  ]);
  expect((await clone.run(['scripts/setup.mjs', 'test'])).output).toBe('');
});

it('start needs no browser', async () => {
  clone.program('ffmpeg');
  expect(await clone.run(['scripts/setup.mjs', 'start'])).toMatchObject({ code: 0, output: '' });
});

it('says what to install and stops where it cannot', async () => {
  const { code, output } = await clone.run(['scripts/setup.mjs', 'start']);
  expect(code).toBe(1);
  expect(output).toContain('ffmpeg cannot be installed automatically: no package manager that I know is here.');
  expect(output).toContain('name an existing one in FFMPEG_PATH');
  expect(output).toContain('5.1 or newer');
});

it('says so when the package manager installed something that does not run', async () => {
  clone.program('sudo', easySudo);
  clone.program('apt-get');
  const { code, output } = await clone.run(['scripts/setup.mjs', 'start']);
  expect(code).toBe(1);
  expect(output).toContain('ffmpeg was installed but does not run');
});

it('a library is there when its file is; where no package has it, only its test misses it', async () => {
  for (const name of ['ffmpeg', 'chromium', 'varnishtest']) clone.program(name);
  const wrong = { NGINX_RTMP_MODULE: join(clone.folder, 'none') };
  expect(await clone.run(['scripts/setup.mjs', 'test'], wrong)).toMatchObject({ code: 0, output: '' });
  clone.program('apt-get');
  const { code, output } = await clone.run(['scripts/setup.mjs', 'test'], wrong);
  expect(code).toBe(1);
  expect(output).toMatch(/NGINX_RTMP_MODULE names ".*none", which is not there\./);
});

it('honours FFMPEG_PATH, and refuses a wrong one', async () => {
  const own = clone.program('my-encoder');
  expect((await clone.run(['scripts/setup.mjs', 'start'], { FFMPEG_PATH: own })).code).toBe(0);
  const { code, output } = await clone.run(['scripts/setup.mjs', 'start'], { FFMPEG_PATH: join(clone.folder, 'none') });
  expect(code).toBe(1);
  expect(output).toContain('FFMPEG_PATH names');
});
