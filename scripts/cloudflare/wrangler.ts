import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pagesBuilt } from '../local/build.ts';
import { paths } from '../local/paths.ts';
import { StartError } from '../local/start-error.ts';

const wrangler = join(paths.root, 'node_modules/wrangler/bin/wrangler.js');

/** What a wrangler command said. */
export interface WranglerAnswer {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  /** What it told people, and why it failed. */
  readonly words: string;
}

/** The environment of whoever types `wrangler`; the pages are built by then. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...pagesBuilt, WRANGLER_SEND_METRICS: 'false' };
}

/** Runs wrangler and keeps what it says. */
export async function askWrangler(args: readonly string[]): Promise<WranglerAnswer> {
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: paths.root,
    env: environment(),
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  const [output, words, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode(child)]);
  return { code, output, words };
}

/** Runs wrangler on this terminal, questions and all. Throws `build_failed`. */
export async function runWrangler(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: paths.root,
    env: { ...environment(), ...more },
    stdio: 'inherit',
  });
  if ((await exitCode(child)) === 0) return;
  throw new StartError('build_failed', `wrangler ${args[0]} failed.`, 'Its own words stand above.');
}

/** The code that a process ends with; null when it was ended by a signal. */
async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}
