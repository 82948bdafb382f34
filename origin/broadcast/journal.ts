import { mkdir } from 'node:fs/promises';
import { storeLimits } from '#shared/limits/store.ts';
import type { BroadcastRecord, RecordEntry } from '#shared/model/record.ts';
import { packEntries } from '#shared/model/record-pack.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { bootId } from './boot.ts';
import {
  appendLines,
  loadEntries,
  type PackedLines,
  packLines,
  readLines,
  removeFiles,
  replaceRecord,
  replaceState,
} from './journal-files.ts';

/** How a broadcast stood when it was last heard of. */
export interface JournalState {
  readonly accepted: PublishAccepted;
  /** When the publisher was last there, ms since the Unix epoch. */
  readonly savedMs: number;
  /** All that was announced is in the record: the process stopped in order. */
  readonly complete: boolean;
  /** It is another origin's, and being read from the bucket: the record here does not count. Absent: false. */
  readonly adopting?: boolean;
}

/** What a broadcast needs to go on in another process of this origin; its media is in the store. */
export interface JournalEntry extends JournalState {
  readonly record: BroadcastRecord;
  /** Another origin made it, or this one before the machine was reset: what was announced last may not be in the record. Absent: false. */
  readonly adopted?: boolean;
  /** Its record is there and could not be read: `record` is empty. Absent: false. */
  readonly unread?: boolean;
}

/** What came of making lines of a record shorter. */
export type Packed = Pick<PackedLines, 'fromBytes' | 'toBytes'> & Partial<Pick<PackedLines, 'fill'>>;

/** Where broadcasts write down how far they are. */
export interface Journal {
  /** Replaces the broadcast's state; returns at once, and says so in the log when it fails. */
  save(state: JournalState): void;
  /** Adds to the broadcast's record; returns at once. What cannot be written waits until it can. */
  append(broadcast: string, entry: RecordEntry): void;
  /** Begins with what another origin made of a broadcast, in place of what is here of it; returns at once. */
  adopt(state: JournalState, entries: Iterable<RecordEntry>): void;
  /**
   * Makes the whole lines of a broadcast's record before a place in it shorter, or leaves them.
   * @returns where what follows them began, where it begins now, and what they name, absent where they were left
   */
  pack(broadcast: string, toBytes: number): Promise<Packed>;
  /**
   * The lines of a broadcast's record from a place in it on, also those that could not be written yet; empty when there are
   * none. Throws, and says so in the log, when they are there and cannot be read.
   */
  read(broadcast: string, fromBytes?: number): Promise<Buffer>;
  forget(broadcast: string): void;
  /** Entries of an earlier process, whatever their age; what is none is removed. */
  load(): Promise<JournalEntry[]>;
  /** Settles when everything is written, or was tried once more. */
  flush(): Promise<void>;
}

/** What is still to be written of one broadcast. */
interface Pending {
  state: JournalState | null;
  /** In place of what is there. */
  record?: string;
  lines: string[];
  forgotten: boolean;
}

const nothing = () => {};

/**
 * A journal of two small files per broadcast: its state, replaced in one step, and its record, which grows by lines.
 * @param boot of the machine: what was written at another one may lack its last lines
 */
export function openJournal(folder: string, log: Log, boot: string | null = bootId()): Journal {
  return new FileJournal(folder, log, boot);
}

class FileJournal implements Journal {
  readonly #folder: string;
  readonly #log: Log;
  readonly #boot: string | null;
  readonly #pending = new Map<string, Pending>();
  /** Broadcasts whose records could not be read last. */
  readonly #unread = new Set<string>();
  #running: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failing = false;

  constructor(folder: string, log: Log, boot: string | null) {
    this.#folder = folder;
    this.#log = log;
    this.#boot = boot;
  }

  save(state: JournalState): void {
    this.#schedule(state.accepted.broadcast, { state, lines: [], forgotten: false });
  }

  append(broadcast: string, entry: RecordEntry): void {
    this.#schedule(broadcast, { state: null, lines: [`${JSON.stringify(entry)}\n`], forgotten: false });
  }

  adopt(state: JournalState, entries: Iterable<RecordEntry>): void {
    this.#schedule(state.accepted.broadcast, { state, record: packEntries(entries), lines: [], forgotten: false });
  }

  pack(broadcast: string, toBytes: number): Promise<Packed> {
    return this.#alone(() => this.#packed(broadcast, toBytes));
  }

  forget(broadcast: string): void {
    this.#unread.delete(broadcast);
    this.#schedule(broadcast, { state: null, lines: [], forgotten: true });
  }

  load(): Promise<JournalEntry[]> {
    return loadEntries(this.#folder, this.#boot, (cause) => {
      this.#log.error(
        { event: 'journal_unread', err: cause },
        'what a process before this one wrote down cannot be read',
      );
    });
  }

  read(broadcast: string, fromBytes = 0): Promise<Buffer> {
    return this.#alone(() => this.#read(broadcast, fromBytes));
  }

  async flush(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#pending.size === 0) return;
    this.#start();
    await this.#running;
  }

  #schedule(broadcast: string, more: Pending): void {
    this.#pending.set(broadcast, joined(this.#pending.get(broadcast), more));
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#write()
      .then(
        () => this.#turn(null),
        (cause) => this.#turn(cause),
      )
      .finally(() => {
        this.#running = null;
      });
  }

  async #read(broadcast: string, fromBytes: number): Promise<Buffer> {
    const { lines = [], record = null, forgotten = false } = this.#pending.get(broadcast) ?? {};
    if (forgotten) return Buffer.alloc(0);
    const waiting = Buffer.from((record ?? '') + lines.join(''));
    // What is there is no longer its record.
    if (record !== null) return waiting.subarray(fromBytes);
    try {
      const written = await readLines(this.#folder, broadcast, fromBytes);
      this.#unread.delete(broadcast);
      return Buffer.concat([written, waiting]);
    } catch (cause) {
      if (!this.#unread.has(broadcast)) {
        this.#log.error({ event: 'record_unread', broadcast, err: cause }, 'the record of a broadcast cannot be read');
      }
      this.#unread.add(broadcast);
      throw cause;
    }
  }

  async #packed(broadcast: string, toBytes: number): Promise<Packed> {
    const log = this.#log;
    const asItIs = { fromBytes: toBytes, toBytes };
    // What cannot be written has no place yet.
    if (this.#pending.has(broadcast)) return asItIs;
    try {
      const { isFirstCut, ...packed } = await packLines(this.#folder, broadcast, toBytes);
      if (isFirstCut) log.warn({ event: 'record_cut', broadcast }, 'the replay begins later than its broadcast did');
      return packed;
    } catch (cause) {
      log.warn({ event: 'record_not_packed', broadcast, err: cause }, 'the record of a broadcast stays long');
      return asItIs;
    }
  }

  /** Does something once all is written, or was tried once more; nothing is written before it is over. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    await this.flush();
    while (this.#running) await this.#running;
    const working = work();
    this.#running = working.then(nothing, nothing).finally(() => {
      this.#running = null;
      if (this.#pending.size > 0) this.#start();
    });
    return working;
  }

  /** Writes all that waits; throws what went wrong first, once the rest was tried. */
  async #write(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const failed = new Map<string, Pending>();
    let first: unknown = null;
    for (const [broadcast, work] of this.#pending) {
      this.#pending.delete(broadcast);
      const before = failed.get(broadcast);
      // What came in the meantime stays behind what could not be written.
      if (before) failed.set(broadcast, joined(before, work));
      else {
        await carryOut(this.#folder, this.#boot, broadcast, work).catch((cause) => {
          first ??= cause;
          failed.set(broadcast, work);
        });
      }
    }
    for (const [broadcast, work] of failed) this.#pending.set(broadcast, joined(work, this.#pending.get(broadcast)));
    if (first !== null) throw first;
  }

  /** Tells of the first failure and of the first success after it; tries again in a moment. */
  #turn(cause: unknown): void {
    const failing = cause !== null;
    if (failing && !this.#failing) {
      this.#log.warn({ event: 'journal_failed', err: cause }, 'the progress of broadcasts cannot be written down');
    } else if (!failing && this.#failing) {
      this.#log.info({ event: 'journal_works' }, 'the progress of broadcasts is written down again');
    }
    this.#failing = failing;
    if (!failing || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#pending.size > 0) this.#start();
    }, storeLimits.journalRetryMs);
    this.#retry.unref();
  }
}

/** What is to be written, and then what came later. */
function joined(before: Pending | undefined, after: Pending | undefined): Pending {
  const lines = [...(before?.lines ?? []), ...(after?.lines ?? [])];
  // A number that is missing is read as a gap; without its rendition's beginning nothing of it could be read.
  for (let at = 0; lines.length > storeLimits.journalLinesMax && at < lines.length; ) {
    if (lines[at]?.startsWith('{"kind":"segment"')) lines.splice(at, 1);
    else at++;
  }
  const record = after?.record ?? before?.record;
  return {
    lines,
    ...(record !== undefined && { record }),
    state: after?.state ?? before?.state ?? null,
    // What another origin made of it since then is not what was forgotten.
    forgotten: (before?.forgotten === true && after?.record === undefined) || after?.forgotten === true,
  };
}

async function carryOut(folder: string, boot: string | null, broadcast: string, work: Pending): Promise<void> {
  if (work.forgotten) return removeFiles(folder, broadcast);
  if (work.record !== undefined) await replaceRecord(folder, broadcast, work.record);
  delete work.record;
  if (work.lines.length > 0) await appendLines(folder, broadcast, work.lines);
  work.lines = [];
  if (work.state) await replaceState(folder, work.state, boot);
}
