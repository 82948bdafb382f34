import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processAlive } from '../../scripts/local/process-alive.ts';
import { pollUntil } from '../support/poll.ts';
import { FakeClone } from './fake-clone.ts';

let clone: FakeClone;

beforeEach(() => {
  clone = new FakeClone();
  clone.program('ffmpeg');
});

afterEach(() => clone.remove());

it('runs the command on the pinned Node with its own programs first on PATH, and ends with its code', async () => {
  clone.write(
    'scripts/start.ts',
    'console.log(process.argv.slice(2).join(" "), process.env.PATH); process.exitCode = 7;',
  );
  const { code, output } = await clone.run(['scripts/run.mjs', 'start', '--port', '1', '--no-setup']);
  expect(code).toBe(7);
  expect(output.trim()).toBe(`--port 1 ${clone.folder}/node_modules/.bin:${clone.programs}`);
});

it('hands the tools that it found on', async () => {
  clone.write('scripts/start.ts', 'console.log(process.env.FFMPEG_PATH);');
  const { output } = await clone.run(['scripts/run.mjs', 'start']);
  expect(output.trim()).toBe(`${clone.programs}/ffmpeg`);
});

it.each([
  ['--no-setup', {}],
  ['', { HEADWATER_SETUP: 'off' }],
])('set-up can be switched off (%s %o)', async (flag, environment) => {
  clone.write('scripts/test.ts', 'console.log("ran");');
  const { code, output } = await clone.run(['scripts/run.mjs', 'test', ...(flag ? [flag] : [])], environment);
  expect([code, output.trim()]).toEqual([0, 'ran']);
});

it('help costs no set-up and needs no Node 24', async () => {
  const { code, output } = await clone.run(['scripts/run.mjs', 'test', '--help']);
  expect(code).toBe(0);
  expect(output).toContain('Usage: npm test');
});

it('refuses a command that it does not know', async () => {
  const { code, output } = await clone.run(['scripts/run.mjs', 'dance']);
  expect(code).toBe(2);
  expect(output).toContain('start|test|bench|check|conformance|deploy|build');
});

/** Counts its signals, tells the pid of a child of its own, and stops when told by a file. */
const patientCommand = `
  import { spawn } from 'node:child_process';
  import { existsSync, writeFileSync } from 'node:fs';
  let signals = 0;
  process.on('SIGINT', () => writeFileSync('signals', String(++signals)));
  const child = spawn(process.execPath, ['-e', 'process.on("SIGINT", () => {}); setInterval(() => {}, 1000)']);
  writeFileSync('child', String(child.pid));
  const timer = setInterval(() => {
    if (existsSync('stop')) process.exit(0);
  }, 20);`;

async function startPatient() {
  clone.write('scripts/start.ts', patientCommand);
  const runner = clone.start(['scripts/run.mjs', 'start']);
  await pollUntil(() => Number(readOr('child')) > 0, 'the command to run', 10_000);
  return { runner, childPid: Number(readOr('child')) };
}

function readOr(path: string): string {
  try {
    return clone.read(path);
  } catch {
    return '';
  }
}

it('hands a Ctrl-C on once, though npm and the terminal both send it, and leaves no process', async () => {
  const { runner, childPid } = await startPatient();
  runner.kill('SIGINT');
  await pollUntil(() => readOr('signals') !== '', 'the signal to arrive', 5_000);
  runner.kill('SIGINT');
  clone.write('stop', '');
  expect(await once(runner, 'exit')).toEqual([0, null]);
  expect(readOr('signals')).toBe('1');
  await pollUntil(() => !running(childPid), 'the child of the command to end', 5_000);
});

it('a second Ctrl-C ends everything at once', async () => {
  const { runner, childPid } = await startPatient();
  const exit = once(runner, 'exit');
  runner.kill('SIGINT');
  await pollUntil(() => readOr('signals') === '1', 'the signal to arrive', 5_000);
  // Later than the pair of signals that one key press makes.
  const again = setInterval(() => runner.kill('SIGINT'), 200);
  expect(await exit).toEqual([137, null]);
  clearInterval(again);
  await pollUntil(() => !running(childPid), 'the child of the command to end', 5_000);
});

/** Ended children of a process that nobody waits for stay in the table as zombies where init does not reap. */
function running(pid: number): boolean {
  return processAlive(pid) && !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
