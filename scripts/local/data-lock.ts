import { join } from 'node:path';
import { tryLock } from './file-lock.ts';
import { makePrivateFolder } from './private-file.ts';
import { StartError } from './start-error.ts';

/** Keeps a second stack off the same data folder until the returned function is called. Throws `data_in_use`. */
export function lockData(dataDir: string): () => void {
  makePrivateFolder(dataDir);
  const path = join(dataDir, 'lock');
  const attempt = tryLock(path);
  if (attempt.taken) return attempt.release;
  throw new StartError(
    'data_in_use',
    `Headwater already runs on ${dataDir} (process ${attempt.owner}).`,
    `Stop it with Ctrl-C where it runs, or start this one with another folder: --data <dir> and other ports.
If process ${attempt.owner} is something else, remove ${path}`,
  );
}
