#!/usr/bin/env node
// Entry of the command `headwater`: whatever Node the machine has finds the pinned Node 24, or another that is new enough, and
// runs the CLI on it. Packages are installed where one that the CLI needs is missing, and never over a whole set for production.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`Headwater needs Node 18 or newer to begin with; this is ${process.version}.`);
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const { SetupError, say } = await import('../scripts/setup/console.mjs');
const { withLock } = await import('../scripts/setup/lock.mjs');
const { cliReady, ensurePackages, neededNode } = await import('../scripts/setup/packages.mjs');

try {
  if (process.env.HEADWATER_SETUP !== 'off' && !cliReady(root)) await withLock(root, () => ensurePackages(root));
  run();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say.failure(error);
  process.exitCode = 1;
}

function run() {
  const node = neededNode(root);
  const args = [fileURLToPath(new URL('main.ts', import.meta.url)), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`${node} does not start (${error.code}). Run "npm run setup".`);
    process.exitCode = 1;
  });
  // The terminal sends Ctrl-C to both: this process only has to outlive the other.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
  });
}
