import { recordLimits, storeLimits } from '#shared/limits/store.ts';
import { objectKey, recordFile, recordTailFile } from '#shared/model/object-name.ts';
import type { RecordFill } from '#shared/model/record-pack.ts';
import type { Uploader } from '../store/uploader.ts';
import type { Archive } from './archive.ts';
import type { Journal } from './journal.ts';

export interface RecordKeeperOptions {
  readonly broadcast: string;
  readonly journal: Pick<Journal, 'read' | 'pack'>;
  readonly archive: Pick<Archive, 'settled' | 'storeRecord' | 'storeRecordTail'>;
  /** Null: there is no bucket. */
  readonly sending: Sending | null;
  /** Old lines were made shorter; the record names so much now. */
  readonly onPacked: (fill: RecordFill) => void;
  readonly now: () => number;
}

/** The way of a broadcast's objects into the bucket. */
export interface Sending {
  /** Whether the bucket has an object as it was put last. */
  isUploaded(key: string): boolean;
  /** Settles when it has it as it was put by now, or later. */
  uploaded(key: string): Promise<unknown>;
  /** Lets segments that come from now on wait, or all go on. */
  keepBack(kept: boolean): void;
}

/** The way of a broadcast's objects through an uploader. */
export function sendingOf(uploader: Pick<Uploader, 'backlog' | 'uploaded' | 'keepBack'>, broadcast: string): Sending {
  return {
    isUploaded: (key) => uploader.backlog(key) === 0,
    uploaded: (key) => uploader.uploaded(key),
    keepBack: (kept) => uploader.keepBack(objectKey(broadcast, ''), kept),
  };
}

/**
 * Keeps a broadcast's record in the bucket up to date, so that another origin can go on with it: the newest lines after each
 * segment, and the whole every minute. Segments of a run go into the bucket after the lines that tell of the run, for without
 * them nobody could say what they are.
 */
export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  readonly #keys: { readonly whole: string; readonly tail: string };
  #storedAtMs = 0;
  /** Length of the lines that were put whole, and of those of them that are in the bucket for certain. */
  #storedBytes = 0;
  #uploadedBytes = 0;
  /** Of those, lines that are as short as they can be. */
  #packedBytes = 0;
  #working = false;
  /** One after the other: the older one may not come last. */
  #last: Promise<unknown> = Promise.resolve();
  /** Runs that have begun, and the one of them of which the lines tell that are put next; null: of no other than before. */
  #begun = 0;
  #toName: number | null = null;

  constructor(options: RecordKeeperOptions) {
    const { broadcast } = options;
    this.#options = options;
    this.#keys = { whole: objectKey(broadcast, recordFile), tail: objectKey(broadcast, recordTailFile) };
  }

  /** Whether the whole record that was put last, if any, had no line: it tells of nothing, not of its end either. */
  get isEmpty(): boolean {
    return this.#storedBytes === 0;
  }

  /** A run begins to make media. */
  onRunBegins(): void {
    this.#begun++;
    this.#options.sending?.keepBack(true);
  }

  /** The record has all that is to be known of the run that began last. */
  onRunNamed(): void {
    this.#toName = this.#begun;
    this.onNews();
  }

  /** A segment is complete; returns at once. What is still under way then is not held up, and comes with the next one. */
  onNews(): void {
    if (this.#working) return;
    this.#working = true;
    const isDue = this.#options.now() - this.#storedAtMs >= storeLimits.recordEveryMs;
    const stored = isDue ? this.#inTurn(() => this.#storeWhole()) : this.#inTurn(() => this.#storeTail());
    void stored.finally(() => {
      this.#working = false;
      // Its segments wait for it.
      if (this.#toName !== null) this.onNews();
    });
  }

  /** Puts all that is known of the media so far beside it. False when that failed. */
  storeWhole(): Promise<boolean> {
    return this.#inTurn(() => {
      this.#toName = this.#begun;
      return this.#storeWhole();
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #storeWhole(): Promise<boolean> {
    const { archive, now } = this.#options;
    this.#storedAtMs = now();
    await archive.settled();
    await this.#pack();
    const named = this.#named();
    const lines = await this.#read(0);
    const stored = lines !== null && (await archive.storeRecord(lines));
    if (stored) this.#storedBytes = lines.length;
    this.#release(named, stored ? this.#keys.whole : null);
    return stored;
  }

  /** Lines that are in the bucket are not sent again before the next whole record, and may take another form. */
  async #pack(): Promise<void> {
    const { broadcast, journal, sending, onPacked } = this.#options;
    const toBytes = sending ? this.#uploadedBytes : this.#storedBytes;
    if (toBytes - this.#packedBytes < recordLimits.packBytesMin) return;
    const packed = await journal.pack(broadcast, toBytes);
    this.#packedBytes = packed.toBytes;
    this.#storedBytes += packed.toBytes - packed.fromBytes;
    if (sending) this.#uploadedBytes = packed.toBytes;
    if (packed.fill) onPacked(packed.fill);
  }

  async #storeTail(): Promise<unknown> {
    const { archive, sending } = this.#options;
    if (!sending) {
      this.#toName = null;
      return;
    }
    await archive.settled();
    if (sending.isUploaded(this.#keys.whole)) this.#uploadedBytes = this.#storedBytes;
    const named = this.#named();
    const lines = await this.#read(this.#uploadedBytes);
    if (lines && lines.length > recordLimits.tailBytesMax) {
      this.#toName ??= named;
      return this.#storeWhole();
    }
    const stored = lines !== null && (await archive.storeRecordTail(lines));
    this.#release(named, stored ? this.#keys.tail : null);
  }

  /** Null where that fails: the journal has said so. */
  #read(fromBytes: number): Promise<Buffer | null> {
    const { broadcast, journal } = this.#options;
    return journal.read(broadcast, fromBytes).catch(() => null);
  }

  /** Which run the lines that are read now tell of, if of another than before. */
  #named(): number | null {
    const named = this.#toName;
    this.#toName = null;
    return named;
  }

  /**
   * Lets segments go on once the bucket has an object that names their run. Where it could not be stored they go on without:
   * they are only lost to another origin.
   */
  #release(named: number | null, key: string | null): void {
    const { sending } = this.#options;
    if (!sending || named === null) return;
    const uploaded = key === null ? Promise.resolve() : sending.uploaded(key);
    void uploaded.then(() => {
      if (named === this.#begun) sending.keepBack(false);
    });
  }
}
