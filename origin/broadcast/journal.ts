import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBroadcastId } from '#shared/model/id.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import type { PackagerSnapshot } from '../packager/packager.ts';

/** What a broadcast needs to go on in another process of this origin; its media is not in it. */
export interface JournalEntry {
  readonly accepted: PublishAccepted;
  readonly packager: PackagerSnapshot;
  readonly savedMs: number;
}

/** Where broadcasts write down how far they are. */
export interface Journal {
  /** Replaces the broadcast's entry; returns at once, and says so in the log when it fails. */
  save(entry: JournalEntry): void;
  forget(broadcast: string): void;
  /** Entries of an earlier process, whatever their age; unreadable ones are left out and removed. */
  load(): Promise<JournalEntry[]>;
  /** Settles when everything is written. */
  flush(): Promise<void>;
}

/** A journal of one small file per broadcast, replaced in one step. */
export function openJournal(folder: string, log: Log): Journal {
  const pending = new Map<string, JournalEntry | null>();
  let running: Promise<void> | null = null;
  const write = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [broadcast, entry] of pending) {
      pending.delete(broadcast);
      await writeEntry(join(folder, `${broadcast}.json`), entry).catch((cause) => {
        log.warn(
          { event: 'journal_failed', broadcast, err: cause },
          'the progress of a broadcast was not written down',
        );
      });
    }
  };
  const schedule = (broadcast: string, entry: JournalEntry | null) => {
    pending.set(broadcast, entry);
    running ??= write()
      .catch((cause) => log.warn({ event: 'journal_failed', err: cause }, 'the journal cannot be written'))
      .finally(() => {
        running = null;
      });
  };
  return {
    save: (entry) => schedule(entry.accepted.broadcast, entry),
    forget: (broadcast) => schedule(broadcast, null),
    load: () => loadEntries(folder),
    flush: async () => {
      while (running) await running;
    },
  };
}

async function writeEntry(path: string, entry: JournalEntry | null): Promise<void> {
  if (entry === null) return rm(path, { force: true });
  const next = `${path}.tmp`;
  await writeFile(next, JSON.stringify(entry), { mode: 0o600 });
  await rename(next, path);
}

async function loadEntries(folder: string): Promise<JournalEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries = await Promise.all(names.map((name) => loadEntry(folder, name)));
  return entries.filter((entry) => entry !== null);
}

async function loadEntry(folder: string, name: string): Promise<JournalEntry | null> {
  const path = join(folder, name);
  try {
    const entry = JSON.parse(await readFile(path, 'utf8')) as JournalEntry;
    const numbers = [entry.savedMs, entry.packager.nextMsn, entry.packager.runCount, entry.packager.targetDurationS];
    const usable = isBroadcastId(entry.accepted.broadcast) && numbers.every(Number.isFinite);
    if (usable && name === `${entry.accepted.broadcast}.json`) return entry;
  } catch {
    // Half a file of a crash, or something that does not belong here.
  }
  await rm(path, { force: true });
  return null;
}
