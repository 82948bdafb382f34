import { mkdir, open, opendir, readFile, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { checkKey, checkPieces, type ObjectStore, StoreError } from './object-store.ts';

/** A store in a folder, and how much room it has. */
export interface DiskStore extends ObjectStore {
  /** Bytes that are stored, and bytes that may still be: the smaller of its own bound and what the disk has. */
  room(): Promise<{ readonly usedBytes: number; readonly freeBytes: number }>;
}

/**
 * A store of one file per object. An object is written beside its place and moved there in one step, so that a crash
 * leaves the old one, the new one or none.
 * @param bytesMax all objects together; past it the store is full
 * @param reserveBytes room that it leaves on its disk for others
 */
export async function openDiskStore(folder: string, bytesMax: number, reserveBytes = 0): Promise<DiskStore> {
  await guarded('prepare', () => mkdir(folder, { recursive: true, mode: 0o700 }));
  let usedBytes = await measure(folder);
  let writes = 0;
  const diskBytes = async () => {
    const { bavail, bsize } = await guarded('room', () => statfs(folder));
    return bavail * bsize - reserveBytes;
  };
  const pathOf = (key: string) => {
    checkKey(key);
    return join(folder, ...key.split('/'));
  };
  const put = async (key: string, pieces: readonly Uint8Array[]) => {
    const path = pathOf(key);
    const sizeBytes = checkPieces(key, pieces);
    const before = await sizeOf(path);
    if (usedBytes - before + sizeBytes > bytesMax) {
      throw new StoreError('store_full', `The folder of the store holds its limit of ${bytesMax} bytes.`);
    }
    if (reserveBytes > 0 && (await diskBytes()) < sizeBytes) {
      throw new StoreError('store_full', 'What is left on the disk of the store is kept for the journal.');
    }
    const next = `${path}.${writes++}.tmp`;
    usedBytes += sizeBytes - before;
    try {
      await guarded(key, () => replaceFile(path, next, pieces));
    } catch (cause) {
      usedBytes -= sizeBytes - before;
      await rm(next, { force: true }).catch(() => {});
      throw cause;
    }
  };
  const remove = async (keys: readonly string[]) => {
    const folders = new Set<string>();
    for (const key of keys) {
      const path = pathOf(key);
      const sizeBytes = await sizeOf(path);
      await guarded(key, () => rm(path, { force: true }));
      usedBytes -= sizeBytes;
      folders.add(dirname(path));
    }
    for (const one of folders) await removeEmpty(one, folder);
  };
  return {
    put,
    remove,
    get: (key) => guarded(key, () => orNull(readFile(pathOf(key)))),
    list: (prefix) => listFolder(folder, prefix),
    room: async () => ({ usedBytes, freeBytes: Math.max(0, Math.min(bytesMax - usedBytes, await diskBytes())) }),
  };
}

async function replaceFile(path: string, next: string, pieces: readonly Uint8Array[]): Promise<void> {
  const create = () => open(next, 'wx', 0o600);
  let handle = await orNull(create());
  if (!handle) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    handle = await create();
  }
  try {
    const { bytesWritten } = await handle.writev([...pieces]);
    const wanted = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    // A disk that fills up takes a part of it without an error.
    if (bytesWritten !== wanted) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
  } finally {
    await handle.close();
  }
  await rename(next, path);
}

async function* listFolder(folder: string, prefix: string) {
  const root = join(folder, ...prefix.split('/').filter((part) => part !== ''));
  for await (const path of filesBelow(root)) {
    if (path.endsWith('.tmp')) continue;
    yield { key: relative(folder, path).split(sep).join('/'), sizeBytes: await sizeOf(path) };
  }
}

async function* filesBelow(root: string): AsyncGenerator<string> {
  const entries = await guarded(root, () => orNull(opendir(root)));
  if (!entries) return;
  for await (const entry of entries) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Counts what is there, and removes what a crash left half written: also what has its name and no bytes, for a file system may
 * write down a name before the bytes, and what is stored is never empty.
 */
async function measure(folder: string): Promise<number> {
  let usedBytes = 0;
  for await (const path of filesBelow(folder)) {
    const sizeBytes = path.endsWith('.tmp') ? 0 : await sizeOf(path);
    if (sizeBytes === 0) await guarded(path, () => rm(path, { force: true }));
    else usedBytes += sizeBytes;
  }
  return usedBytes;
}

async function removeEmpty(path: string, root: string): Promise<void> {
  for (let at = path; at !== root && at.startsWith(root); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return; // not empty
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await orNull(stat(path)))?.size ?? 0;
}

/** Null where there is no such file. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw cause;
  }
}

async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause));
    if (full) throw new StoreError('store_full', 'The disk of the store is full.', { cause });
    throw new StoreError('store_failed', `The disk of the store failed (${what}).`, { cause });
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
