import { join } from 'node:path';
import { readIfThere } from '../scripts/local/private-file.ts';
import { processAlive } from '../scripts/local/process-alive.ts';
import type { RunFile } from '../scripts/local/run-file.ts';
import { isLoopback } from './loopback.ts';
import type { Shell } from './shell.ts';

/** What a stack of `npm start` that runs on this machine says of itself, and the folder in which it keeps its state. */
export interface LocalStack extends RunFile {
  readonly dataDir: string;
}

/** The stack that runs in the working directory or in the clone; null when none does. */
export function localStack({ cwd, root }: Pick<Shell, 'cwd' | 'root'>): LocalStack | null {
  for (const folder of new Set([cwd, root])) {
    const found = stackOf(join(folder, '.headwater'));
    if (found) return found;
  }
  return null;
}

/** The stack that runs on a data folder; null when none does. */
export function stackOf(dataDir: string): LocalStack | null {
  const run = jsonOf<RunFile>(join(dataDir, 'run.json'));
  // Its PoPs are on this machine: a folder that came from elsewhere does not say where tokens go.
  const isHere = run?.pops?.every(({ url }) => isLoopback(url));
  return run?.pids && isHere && processAlive(run.pids.stack) ? { ...run, dataDir } : null;
}

/** The ports that a stack listens on. */
export function stackPorts({ pops, rtmp, rtmps, origin }: LocalStack): readonly number[] {
  const urls = [...pops.map(({ url }) => url), rtmp, rtmps ?? '', origin];
  return urls.flatMap((url) => (URL.canParse(url) ? [Number(new URL(url).port)] : []));
}

/** The wire keys that a local stack made for itself on its first start; null where it never started. */
export function localWireKeys(dataDir: string): string | null {
  return jsonOf<{ readonly wireKeys?: string }>(join(dataDir, 'secrets.json'))?.wireKeys ?? null;
}

function jsonOf<T>(path: string): T | null {
  try {
    const text = readIfThere(path);
    return text === null ? null : (JSON.parse(text) as T | null);
  } catch {
    // Being written at this moment, or not ours to read: as good as not there.
    return null;
  }
}
