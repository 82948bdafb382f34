// Brings a fresh clone to the state in which everything else can run. Plain JavaScript without dependencies,
// because it runs before there are any, on whatever Node the machine has.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SetupError, say } from './setup/console.mjs';
import { withLock } from './setup/lock.mjs';
import { ensurePackages, packagesReady } from './setup/packages.mjs';
import { ensureTools, missingTools } from './setup/tools.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What each command of scripts/run.mjs needs beside the npm packages. */
const toolsFor = {
  start: ['ffmpeg'],
  test: ['ffmpeg', 'chromium', 'varnishtest', 'nginx-rtmp'],
  bench: ['ffmpeg', 'chromium'],
  check: [],
  conformance: [],
  deploy: [],
  build: [],
};

/** The commands that set-up knows how to prepare for. */
export const commands = Object.keys(toolsFor);

/**
 * Installs what `command` needs and is missing; silent and quick when nothing is.
 * @throws {SetupError} with words for the user where something cannot be installed
 */
export async function setUp(command) {
  const tools = toolsFor[command];
  if (packagesReady(root) && missingTools(tools).length === 0) return;
  await withLock(root, async () => {
    await ensurePackages(root);
    await ensureTools(tools);
  });
}

async function main() {
  const command = process.argv[2] ?? 'test';
  if (!commands.includes(command)) {
    throw new SetupError(`Unknown command "${command}".`, `Use: node scripts/setup.mjs [${commands.join('|')}]`);
  }
  await setUp(command);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    say.failure(error);
    process.exitCode = 1;
  });
}
