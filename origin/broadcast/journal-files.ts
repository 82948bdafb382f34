import { type FileHandle, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { isBroadcastId } from '#shared/model/id.ts';
import { emptyRecord, parseRecord } from '#shared/model/record.ts';
import { packRecord, type RecordFill, recordFill } from '#shared/model/record-pack.ts';
import type { JournalEntry, JournalState } from './journal.ts';

/** The two files of each broadcast in a journal's folder. */

const stateFile = (folder: string, broadcast: string) => join(folder, `${broadcast}.json`);
const recordFile = (folder: string, broadcast: string) => join(folder, `${broadcast}.ndjson`);
const newline = 10;

/** Adds whole lines to a record, all or none: what an earlier write left of a line is cut off first. */
export async function appendLines(folder: string, broadcast: string, lines: readonly string[]): Promise<void> {
  const handle = await open(recordFile(folder, broadcast), 'a+', 0o600);
  try {
    const sizeBytes = await cutTornLine(handle);
    try {
      await handle.appendFile(lines.join(''));
    } catch (cause) {
      // A full disk takes a part of it.
      await handle.truncate(sizeBytes).catch(() => {});
      throw cause;
    }
  } finally {
    await handle.close();
  }
}

/** Replaces a record in one step, also where the power fails. */
export async function replaceRecord(folder: string, broadcast: string, lines: string): Promise<void> {
  const path = recordFile(folder, broadcast);
  const handle = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await handle.writeFile(lines);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
}

/** What came of packing. */
export interface PackedLines {
  /** Where what follows them began: the last whole line ended there. */
  readonly fromBytes: number;
  /** Where it begins now. */
  readonly toBytes: number;
  /** What they name now. */
  readonly fill: RecordFill;
  /** They were too many for the first time: the oldest are left out. */
  readonly isFirstCut: boolean;
}

/** Packs the whole lines of a record before a place in it; what follows stays as it is. */
export async function packLines(folder: string, broadcast: string, toBytes: number): Promise<PackedLines> {
  const lines = await readFile(recordFile(folder, broadcast));
  const fromBytes = lines.subarray(0, toBytes).lastIndexOf(newline) + 1;
  const before = lines.subarray(0, fromBytes).toString();
  const packed = packRecord(before);
  await replaceRecord(folder, broadcast, packed + lines.subarray(fromBytes).toString());
  const fill = recordFill(packed);
  const isFirstCut = fill.isCut && !recordFill(before).isCut;
  return { fromBytes, toBytes: Buffer.byteLength(packed), fill, isFirstCut };
}

/** As it is in its file. */
interface StoredState extends JournalState {
  /** The boot of the machine at which it was written. Absent or null: not known. */
  readonly boot?: string | null;
}

/** Replaces the state of a broadcast in one step. */
export async function replaceState(folder: string, state: JournalState, boot: string | null): Promise<void> {
  const path = stateFile(folder, state.accepted.broadcast);
  const stored: StoredState = { ...state, boot };
  await writeFile(`${path}.tmp`, JSON.stringify(stored), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

/** The whole lines of a record from a place in it on; none where there is no file. Throws when one that is there cannot be read. */
export async function readLines(folder: string, broadcast: string, fromBytes = 0): Promise<Buffer> {
  const bytes = await readFrom(recordFile(folder, broadcast), fromBytes).catch((cause) => {
    if (isMissing(cause)) return Buffer.alloc(0);
    throw cause;
  });
  return bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
}

async function readFrom(path: string, fromBytes: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const wanted = Buffer.alloc(Math.max(0, size - fromBytes));
    const { bytesRead } = await handle.read(wanted, 0, wanted.length, fromBytes);
    return wanted.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Removes what there is of a broadcast. */
export async function removeFiles(folder: string, broadcast: string): Promise<void> {
  await rm(stateFile(folder, broadcast), { force: true });
  await rm(recordFile(folder, broadcast), { force: true });
}

const isMissing = (cause: unknown) => (cause as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Reads what an earlier process left; what is no state of a broadcast is removed, and so is a record without a state. What
 * is there and cannot be read stays, and is told.
 * @param boot that of the machine now; null: not known
 */
export async function loadEntries(
  folder: string,
  boot: string | null,
  onUnread: (cause: unknown) => void,
): Promise<JournalEntry[]> {
  const names = await readdir(folder).catch((cause) => {
    if (!isMissing(cause)) onUnread(cause);
    return [];
  });
  const entries: JournalEntry[] = [];
  const known = new Set<string>();
  for (const name of names.filter((one) => !one.endsWith('.ndjson'))) {
    try {
      const entry = await loadEntry(folder, name, boot, onUnread);
      if (!entry) {
        // Half a file of a crash, or something that does not belong here.
        await rm(join(folder, name), { force: true }).catch(() => {});
        continue;
      }
      entries.push(entry);
    } catch (cause) {
      onUnread(cause);
    }
    known.add(`${parse(name).name}.ndjson`);
  }
  const orphans = names.filter((name) => name.endsWith('.ndjson') && !known.has(name));
  for (const name of orphans) await rm(join(folder, name), { force: true }).catch(() => {});
  return entries;
}

async function loadEntry(
  folder: string,
  name: string,
  boot: string | null,
  onUnread: (cause: unknown) => void,
): Promise<JournalEntry | null> {
  const stored = await readState(join(folder, name));
  const broadcast = stored?.accepted?.broadcast;
  if (!stored || !broadcast || !isBroadcastId(broadcast) || name !== `${broadcast}.json`) return null;
  if (!Number.isFinite(stored.savedMs)) return null;
  const { boot: writtenAt = null, ...asSaved } = stored;
  // The lines are not flushed, and a file system may have written down the state before them.
  const isBehind = boot !== null && writtenAt !== null && writtenAt !== boot;
  const state = { ...asSaved, ...(isBehind && { adopted: true }) };
  try {
    return { ...state, record: parseRecord((await readLines(folder, broadcast)).toString()) };
  } catch (cause) {
    onUnread(cause);
    return { ...state, record: emptyRecord, unread: true };
  }
}

/** Null: it is none. Throws when it cannot be read. */
async function readState(path: string): Promise<StoredState | null> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as StoredState | null;
  } catch {
    return null;
  }
}

/** Leaves whole lines; their size in bytes. */
async function cutTornLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  if (size === 0) return 0;
  const last = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (last.buffer[0] === newline) return size;
  const sizeBytes = (await handle.readFile()).lastIndexOf(newline) + 1;
  await handle.truncate(sizeBytes);
  return sizeBytes;
}
