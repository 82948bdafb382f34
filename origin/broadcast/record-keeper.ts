import { recordLimits, storeLimits } from '#shared/limits/store.ts';
import type { Archive } from './archive.ts';
import type { Journal } from './journal.ts';

export interface RecordKeeperOptions {
  readonly broadcast: string;
  readonly journal: Pick<Journal, 'read' | 'pack'>;
  readonly archive: Pick<Archive, 'settled' | 'storeRecord' | 'storeRecordTail'>;
  /** Whether the bucket has the record as it was put last; null: there is no bucket. */
  readonly isUploaded: (() => boolean) | null;
  readonly now: () => number;
}

/**
 * Keeps a broadcast's record in the bucket up to date, so that another origin can go on with it: the newest lines after each
 * segment, and the whole every minute.
 */
export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  #storedAtMs = 0;
  /** Length of the lines that were put whole, and of those of them that are in the bucket for certain. */
  #storedBytes = 0;
  #uploadedBytes = 0;
  /** Of those, lines that are as short as they can be. */
  #packedBytes = 0;
  #working = false;

  constructor(options: RecordKeeperOptions) {
    this.#options = options;
  }

  /** A segment is complete, or a run has begun; returns at once. What is still under way then is not held up, and comes with the next one. */
  onNews(): void {
    if (this.#working) return;
    this.#working = true;
    const isDue = this.#options.now() - this.#storedAtMs >= storeLimits.recordEveryMs;
    void (isDue ? this.storeWhole() : this.#storeTail()).finally(() => {
      this.#working = false;
    });
  }

  /** Puts all that is known of the media so far beside it. False when that failed. */
  async storeWhole(): Promise<boolean> {
    const { broadcast, journal, archive, now } = this.#options;
    this.#storedAtMs = now();
    await archive.settled();
    await this.#pack();
    const lines = await journal.read(broadcast);
    const stored = await archive.storeRecord(lines);
    if (stored) this.#storedBytes = lines.length;
    return stored;
  }

  /** Lines that are in the bucket are not sent again before the next whole record, and may take another form. */
  async #pack(): Promise<void> {
    const { broadcast, journal, isUploaded } = this.#options;
    const toBytes = isUploaded ? this.#uploadedBytes : this.#storedBytes;
    if (toBytes - this.#packedBytes < recordLimits.packBytesMin) return;
    this.#packedBytes = await journal.pack(broadcast, toBytes);
    this.#storedBytes += this.#packedBytes - toBytes;
    this.#uploadedBytes += this.#packedBytes - toBytes;
  }

  async #storeTail(): Promise<void> {
    const { broadcast, journal, archive, isUploaded } = this.#options;
    if (!isUploaded) return;
    await archive.settled();
    if (isUploaded()) this.#uploadedBytes = this.#storedBytes;
    const lines = await journal.read(broadcast, this.#uploadedBytes);
    if (lines.length > recordLimits.tailBytesMax) await this.storeWhole();
    else await archive.storeRecordTail(lines);
  }
}
