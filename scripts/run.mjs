// Entry of every npm script: set-up on the machine's own Node, then the command itself on the pinned Node 24.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

/** npm hands a Ctrl-C on while the terminal sends it too: within this time the two are one. */
const sameSignalMs = 700;

const command = process.argv[2];
const args = process.argv.slice(3);

if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`Headwater's set-up needs Node 18 or newer; this is ${process.version}.`);
  process.exit(1);
}
const { commands, root, setUp } = await import('./setup.mjs');
const { SetupError, say } = await import('./setup/console.mjs');
const { toolVariables } = await import('./setup/tools.mjs');
const { neededNode } = await import('./setup/packages.mjs');

if (!commands.includes(command)) {
  console.error(`Use: node scripts/run.mjs ${commands.join('|')} [options]`);
  process.exit(2);
}
if (args.includes('--help') || args.includes('-h')) {
  // Help must not cost an installation, and the text must be there before Node 24 is.
  process.stdout.write(readFileSync(new URL(`./help/${command}.txt`, import.meta.url), 'utf8'));
  process.exit(0);
}
try {
  if (process.env.HEADWATER_SETUP !== 'off' && !args.includes('--no-setup')) await setUp(command);
  run(args.filter((argument) => argument !== '--no-setup'));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say.failure(error);
  process.send?.({ failure: { code: 'setup_failed', message: error.message, hint: error.hint ?? '' } });
  process.exitCode = 1;
}

function run(rest) {
  const node = neededNode(root);
  // A group of its own keeps the terminal's Ctrl-C away from the children of the command (workerd, ffmpeg), which must
  // outlive it for an orderly stop. wrangler asks questions, so deploy stays with the terminal.
  const ownGroup = command !== 'deploy';
  const bin = join(root, 'node_modules', '.bin');
  const child = spawn(node, [join(root, 'scripts', `${command}.ts`), ...rest], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: ownGroup,
    env: { ...process.env, ...toolVariables(), PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  child.on('error', (error) => {
    console.error(`${node} does not start (${error.code}). Run "npm run setup".`);
    process.exitCode = 1;
  });
  if (!child.pid) return;
  child.on('message', (message) => process.send?.(message));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let firstAt = 0;
  for (const signal of signals) {
    process.on(signal, () => {
      if (firstAt === 0) {
        firstAt = Date.now();
        if (ownGroup || signal !== 'SIGINT') child.kill(signal);
      } else if (Date.now() - firstAt > sameSignalMs) {
        endAll(child, ownGroup);
      }
    });
  }
  child.on('exit', (code, signal) => {
    if (ownGroup) endAll(child, true);
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (child.connected) child.disconnect();
    for (const name of signals) process.removeAllListeners(name);
  });
}

/** Ends whatever is left of the command, at once. */
function endAll(child, group) {
  try {
    process.kill(group ? -child.pid : child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
