import { accessSync, constants, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataHoldLimits } from '#shared/limits/origin.ts';
import { bootId } from './boot.ts';
import { isSameProcess, startOf } from './process-start.ts';

/** Another origin runs on the data folder. */
export class DataInUseError extends Error {
  readonly code = 'data_in_use';
  constructor(folder: string, pid: number) {
    const advice = 'Stop it, or set HEADWATER_DATA_DIR to a folder of its own.';
    super(`Another origin (process ${pid}) runs on the data folder ${resolve(folder)}. ${advice}`);
    this.name = 'DataInUseError';
  }
}

/** What an origin keeps where in its data folder. */
export const dataFolders = { journal: 'broadcasts', spool: 'spool', imports: 'imports' } as const;

/** The data folder, or one of those in it, cannot be made, read or written. */
export class DataNotWritableError extends Error {
  readonly code = 'data_not_writable';
  constructor(folder: string, cause: unknown) {
    super(`The data folder ${resolve(folder)} cannot be written: ${causeWords(cause)}`, { cause });
    this.name = 'DataNotWritableError';
  }
}

/** Why, in the system's words, and the way out. */
function causeWords(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const other = 'set HEADWATER_DATA_DIR to a folder that it can write';
  const advice = ['ENOSPC', 'EDQUOT'].includes(code)
    ? `Make room on its disk, or ${other}.`
    : `Let the user that the origin runs as${userWords()} write there, or ${other}.`;
  return `${message}. ${advice}`;
}

function userWords(): string {
  const id = process.getuid?.();
  return id === undefined ? '' : ` (uid ${id})`;
}

/** Who holds a folder: a process, and where its number means something. Empty: the system does not tell. */
interface Holder {
  readonly pid: number;
  /** When it began: numbers come again, in a container at each start. */
  readonly started: string;
  /** The namespace of process numbers, which each container has of its own. */
  readonly namespace: string;
  readonly boot: string;
}

/**
 * Makes a data folder where there is none, and keeps other origins off it until the returned function is called or this process
 * is gone, in whatever way: a hold of one that is gone counts for nothing. So does one of another boot, or of another container,
 * whose processes cannot be seen from here. Throws DataInUseError, DataNotWritableError.
 *
 * All that is said of a holder is in the name of an empty file: it is there whole or not at all, also where the disk is full. Who
 * sees another one after entering itself steps back and looks again for a while, as that one may be stepping back or ending.
 * @param waitMs ms to go on looking
 */
export async function holdDataFolder(folder: string, waitMs: number = dataHoldLimits.waitMsMax): Promise<() => void> {
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    namespace: namespaceId(),
    boot: bootId() ?? '',
  };
  const path = join(folder, nameOf(own));
  const release = () => rmSync(path, { force: true });
  const endMs = performance.now() + waitMs;
  for (;;) {
    const other = written(folder, () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const name of Object.values(dataFolders)) checkFolder(join(folder, name));
      writeFileSync(path, '', { mode: 0o600 });
      return otherHolder(folder, own);
    });
    if (!other) return release;
    written(folder, release);
    if (performance.now() >= endMs) throw new DataInUseError(folder, other.pid);
    await sleep(dataHoldLimits.againMs * (1 + Math.random()));
  }
}

/** Throws where a folder is there and this user cannot use it. */
function checkFolder(path: string): void {
  try {
    // The dot is not found below what is no folder.
    accessSync(`${path}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  }
}

function written<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new DataNotWritableError(folder, cause);
  }
}

/** One that runs; files of those that are gone are removed. */
function otherHolder(folder: string, own: Holder): Holder | null {
  const names = readdirSync(folder);
  let found: Holder | null = null;
  for (const name of names) {
    const holder = parse(name);
    if (!holder || name === nameOf(own)) continue;
    if (isAtWork(holder, own)) found = holder;
    else rmSync(join(folder, name), { force: true });
  }
  return found;
}

function isAtWork({ pid, started, namespace, boot }: Holder, own: Holder): boolean {
  return boot === own.boot && namespace === own.namespace && isSameProcess(pid, started || null);
}

function nameOf({ pid, started, namespace, boot }: Holder): string {
  return `in-use.${pid}.${started}.${namespace}.${boot}`;
}

function parse(name: string): Holder | null {
  const [, pid, started = '', namespace = '', boot = ''] = /^in-use\.(\d+)\.(\d*)\.(\d*)\.([\w-]*)$/.exec(name) ?? [];
  return pid === undefined ? null : { pid: Number(pid), started, namespace, boot };
}

function namespaceId(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return ''; // not Linux
  }
}
