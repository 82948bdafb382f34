import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { readIfThere } from './private-file.ts';
import { processAlive } from './process-alive.ts';

const attemptsMax = 3;

export type LockAttempt =
  | { readonly taken: true; release(): void }
  /** Process that holds the lock; 0 when it cannot be told. */
  | { readonly taken: false; readonly owner: number };

/** Tries to take a lock file; that of a process which is gone is taken over. The folder must exist. */
export function tryLock(path: string): LockAttempt {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (create(path)) return { taken: true, release: () => rmSync(path, { force: true }) };
    const owner = Number(readIfThere(path) ?? 0);
    if (processAlive(owner)) return { taken: false, owner };
    rmSync(path, { force: true });
  }
  return { taken: false, owner: 0 };
}

function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
