import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from './poll.ts';

const run = promisify(execFile);

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  /** Nothing can be written or removed any more, or it can again. */
  setReadOnly(readOnly: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Mounts one in memory; null where this process may not mount: then the caller bounds the store instead. */
export async function mountSmallDisk(sizeBytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    setReadOnly: (readOnly) => {
      const options = `remount,${readOnly ? 'ro' : 'rw'}`;
      // Refused for as long as a file on it is open for writing.
      return pollUntil(async () => {
        const refusal = await run('mount', ['-o', options, folder]).then(
          () => null,
          (error: Error) => error,
        );
        if (refusal && !refusal.message.includes('busy')) throw refusal;
        return refusal === null;
      }, 'a disk that can be mounted anew');
    },
    close: async () => {
      // A failed test may still have a file of it open.
      await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true });
    },
  };
}
