import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBroadcastId } from '#shared/model/id.ts';
import { type BroadcastRecord, parseRecord, type RecordEntry } from '#shared/model/record.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';

/** How a broadcast stood when it was last heard of. */
export interface JournalState {
  readonly accepted: PublishAccepted;
  /** When the publisher was last there, ms since the Unix epoch. */
  readonly savedMs: number;
  /** All that was announced is in the record: the process stopped in order. */
  readonly complete: boolean;
}

/** What a broadcast needs to go on in another process of this origin; its media is in the store. */
export interface JournalEntry extends JournalState {
  readonly record: BroadcastRecord;
}

/** Where broadcasts write down how far they are. */
export interface Journal {
  /** Replaces the broadcast's state; returns at once, and says so in the log when it fails. */
  save(state: JournalState): void;
  /** Adds to the broadcast's record; returns at once. */
  append(broadcast: string, entry: RecordEntry): void;
  /** The lines of a broadcast's record so far, as they are in the file; empty when there are none. */
  read(broadcast: string): Promise<Buffer>;
  forget(broadcast: string): void;
  /** Entries of an earlier process, whatever their age; unreadable ones are left out and removed. */
  load(): Promise<JournalEntry[]>;
  /** Settles when everything is written. */
  flush(): Promise<void>;
}

/** What is still to be written of one broadcast. */
interface Pending {
  state: JournalState | null;
  lines: string[];
  forgotten: boolean;
}

/** A journal of two small files per broadcast: its state, replaced in one step, and its record, which grows by lines. */
export function openJournal(folder: string, log: Log): Journal {
  const pending = new Map<string, Pending>();
  let running: Promise<void> | null = null;
  const write = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [broadcast, work] of pending) {
      pending.delete(broadcast);
      await carryOut(folder, broadcast, work).catch((cause) => {
        log.warn(
          { event: 'journal_failed', broadcast, err: cause },
          'the progress of a broadcast was not written down',
        );
      });
    }
  };
  const schedule = (broadcast: string, change: (work: Pending) => void) => {
    const work = pending.get(broadcast) ?? { state: null, lines: [], forgotten: false };
    pending.set(broadcast, work);
    change(work);
    running ??= write()
      .catch((cause) => log.warn({ event: 'journal_failed', err: cause }, 'the journal cannot be written'))
      .finally(() => {
        running = null;
      });
  };
  const flush = async () => {
    while (running) await running;
  };
  return {
    save: (state) =>
      schedule(state.accepted.broadcast, (work) => {
        work.state = state;
      }),
    append: (broadcast, entry) => schedule(broadcast, (work) => work.lines.push(`${JSON.stringify(entry)}\n`)),
    forget: (broadcast) =>
      schedule(broadcast, (work) => {
        work.forgotten = true;
      }),
    load: () => loadEntries(folder),
    read: async (broadcast) => {
      await flush();
      return readFile(recordFile(folder, broadcast)).catch(() => Buffer.alloc(0));
    },
    flush,
  };
}

const stateFile = (folder: string, broadcast: string) => join(folder, `${broadcast}.json`);
const recordFile = (folder: string, broadcast: string) => join(folder, `${broadcast}.ndjson`);

async function carryOut(folder: string, broadcast: string, { state, lines, forgotten }: Pending): Promise<void> {
  const path = stateFile(folder, broadcast);
  if (forgotten) {
    await rm(path, { force: true });
    await rm(recordFile(folder, broadcast), { force: true });
    return;
  }
  if (lines.length > 0) await appendFile(recordFile(folder, broadcast), lines.join(''), { mode: 0o600 });
  if (!state) return;
  await writeFile(`${path}.tmp`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

async function loadEntries(folder: string): Promise<JournalEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries: JournalEntry[] = [];
  for (const name of names.filter((one) => !one.endsWith('.ndjson'))) {
    const entry = await loadEntry(folder, name);
    if (entry) entries.push(entry);
  }
  const known = new Set(entries.map((entry) => `${entry.accepted.broadcast}.ndjson`));
  for (const name of names) if (name.endsWith('.ndjson') && !known.has(name)) await rm(join(folder, name));
  return entries;
}

async function loadEntry(folder: string, name: string): Promise<JournalEntry | null> {
  const path = join(folder, name);
  try {
    const state = JSON.parse(await readFile(path, 'utf8')) as JournalState;
    const { broadcast } = state.accepted;
    if (isBroadcastId(broadcast) && Number.isFinite(state.savedMs) && name === `${broadcast}.json`) {
      return { ...state, record: await loadRecord(recordFile(folder, broadcast)) };
    }
  } catch {
    // Half a file of a crash, or something that does not belong here.
  }
  await rm(path, { force: true });
  return null;
}

/** A record as far as it was written; what comes next begins on a line of its own, whatever a crash left. */
async function loadRecord(path: string): Promise<BroadcastRecord> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n');
  return parseRecord(text);
}
