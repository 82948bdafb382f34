import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClone } from './fake-clone.ts';

let clone: FakeClone;

beforeEach(() => {
  clone = new FakeClone();
  clone.write('cli/main.ts', 'console.log("ran", ...process.argv.slice(2)); process.exitCode = 3;');
});

afterEach(() => clone.remove());

const left = { 'node_modules/left': { version: '2.0.0' } };
const forDesk = {
  'node_modules/node': { version: '24.0.0', dev: true },
  'node_modules/vite': { version: '8.0.0', dev: true },
};

/** What `npm install --omit=dev --ignore-scripts` leaves: no set-up was here, and there is no pinned Node. */
function installForProduction(): void {
  clone.lockPackages({ ...left, ...forDesk });
  clone.installPackages(left);
  rmSync(join(clone.folder, 'node_modules/.bin'), { recursive: true });
}

/** As if the Node that starts the launcher were older than 24. */
const old = ['--require', './old.cjs'];
function beOld(): void {
  const versions = `{ ...process.versions, node: '20.9.0' }`;
  const text = `Object.defineProperties(process, { version: { value: 'v20.9.0' }, versions: { value: ${versions} } });`;
  writeFileSync(join(clone.folder, 'old.cjs'), text);
}

/** A `node` on PATH. */
function nodeOnPath(version: string): void {
  const runs = `require('node:child_process').spawnSync(process.execPath, process.argv.slice(2), { stdio: 'inherit' }).status`;
  clone.program('node', `if (process.argv[2] === '--version') console.log('${version}'); else process.exit(${runs});`);
}

it('runs on what production has, and installs nothing over it', async () => {
  installForProduction();
  clone.program('npm', 'process.exit(1);');
  const { code, output } = await clone.run(['cli/headwater.mjs', 'doctor', '--json']);
  expect([code, output]).toEqual([3, 'ran doctor --json\n']);
  expect(clone.calls).toEqual([]);
});

it('sets up where a package for production is missing, or is another version', async () => {
  for (const installed of [{}, { 'node_modules/left': { version: '1.0.0' } }]) {
    installForProduction();
    clone.installPackages(installed);
    clone.write('node_modules/.bin/kept', '');
    clone.program('npm', 'process.exit(1);');
    const { code, output } = await clone.run(['cli/headwater.mjs', 'doctor']);
    expect([code, output.includes('npm install failed')]).toEqual([1, true]);
  }
  expect(clone.calls).toHaveLength(2);
});

it('what needs the packages of a desk sets up itself', async () => {
  installForProduction();
  clone.program('ffmpeg');
  clone.program('npm', 'process.exit(1);');
  const { code, output } = await clone.run(['scripts/run.mjs', 'start']);
  expect([code, output.includes('npm install failed')]).toEqual([1, true]);
});

it('an older Node finds a newer one on PATH', async () => {
  installForProduction();
  beOld();
  nodeOnPath('v24.1.0');
  const { code, output } = await clone.run([...old, 'cli/headwater.mjs', 'live']);
  expect([code, output]).toEqual([3, 'ran live\n']);
  expect(clone.calls.at(-1)).toBe(`node ${join(clone.folder, 'cli/main.ts')} live`);
});

it('an older Node prefers the pinned one', async () => {
  beOld();
  nodeOnPath('v24.1.0');
  const { code, output } = await clone.run([...old, 'cli/headwater.mjs', 'live']);
  expect([code, output, clone.calls]).toEqual([3, 'ran live\n', []]);
});

it.each([
  ['cli/headwater.mjs', 'live', 3],
  ['scripts/run.mjs', 'check', 4],
])('with set-up switched off %s runs on the Node at hand', async (script, command, code) => {
  installForProduction();
  clone.write('scripts/check.ts', 'console.log("checked"); process.exitCode = 4;');
  expect(await clone.run([script, command], { HEADWATER_SETUP: 'off' })).toMatchObject({ code });
});

it.each(['cli/headwater.mjs', 'scripts/run.mjs'])(
  '%s says that Node 24 is missing only where it is',
  async (script) => {
    installForProduction();
    beOld();
    nodeOnPath('v20.9.0');
    const { code, output } = await clone.run([...old, script, 'check'], { HEADWATER_SETUP: 'off' });
    expect([code, output]).toEqual([1, expect.stringMatching(/Node 24 is not there\.\n {2}Put it first on the PATH/)]);
  },
);
