import { setTimeout } from 'node:timers/promises';
import { storeLimits } from '#shared/limits.ts';
import { livePartKey, objectKey, partFile } from '#shared/model/object-name.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { Packager, type PackagerEvents } from '../packager/packager.ts';
import { LiveWindow, type ReadStored } from '../packager/window.ts';
import type { ObjectStore, StoreError } from '../store/object-store.ts';
import type { PictureMaker } from '../transcoder/picture.ts';
import { Archive } from './archive.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { Thumbnails } from './thumbnails.ts';

export interface BroadcastMediaOptions {
  readonly accepted: PublishAccepted;
  /** How far the broadcast was in a process before this one. */
  readonly restored: JournalEntry | null;
  readonly journal: Pick<Journal, 'save' | 'append' | 'read' | 'forget'>;
  readonly store: ObjectStore;
  /** An object of this broadcast is in the store. */
  readonly upload: (key: string) => void;
  /** A part that viewers are told of was made; `key` is where it lies in the bucket, if it goes there. */
  readonly uploadPart: (key: string, bytes: Buffer, targetDurationS: number) => void;
  readonly dvrWindowS: number;
  readonly pictures: PictureMaker;
  /** The machine has too much to do: nothing is made that can be done without. */
  readonly isBusy: () => boolean;
  readonly events: Pick<PackagerEvents, 'onMedia' | 'onMisaligned'>;
  /** Media cannot be stored; null: it can again. */
  readonly onTrouble: (why: StoreError | null) => void;
  /** When the publisher was last there, ms since the Unix epoch: a slate is no sign of life. */
  readonly lastSignMs: () => number;
  readonly log: Log;
  readonly now: () => number;
}

/** A broadcast's media from the packager to the window, to the store, and into the record that survives the process. */
export class BroadcastMedia {
  readonly packager: Packager;
  readonly window: LiveWindow;
  readonly #options: BroadcastMediaOptions;
  readonly #archive: Archive;
  readonly #thumbnails: Thumbnails;
  #accepted: PublishAccepted;
  #recordedMs = 0;
  #left = false;
  readonly #leaving = Promise.withResolvers<void>();

  constructor(options: BroadcastMediaOptions) {
    const { accepted, restored, journal, store, upload, uploadPart, dvrWindowS } = options;
    const { pictures, isBusy, events, onTrouble, log, now } = options;
    const { broadcast, latency } = accepted;
    this.#options = options;
    this.#accepted = accepted;
    this.#archive = new Archive({
      broadcast,
      store,
      log,
      append: (entry) => {
        journal.append(broadcast, entry);
        this.#thumbnails.record(entry);
      },
      onPut: upload,
      onStored: (rendition, msn) => this.packager.markStored(rendition, msn),
      onTrouble,
    });
    const archive = this.#archive;
    const put = (file: string, bytes: Buffer) => archive.storeBeside(file, bytes);
    const read = (...path: readonly string[]) => archive.read(...path);
    this.#thumbnails = new Thumbnails({ broadcast, pictures, isBusy, put, read, log });
    if (restored) this.#thumbnails.restore(restored.record);
    const lowLatency = latency === 'low';
    this.packager = new Packager({
      events: {
        ...events,
        onPart: ({ rendition, msn, part, bytes }) => {
          if (!lowLatency) return; // nobody is told of them
          const key = livePartKey(objectKey(broadcast, rendition, partFile(msn, part)));
          uploadPart(key, bytes, this.packager.targetDurationS);
        },
        onSegment: () => this.#onSegment(),
        onRecord: (entry, pieces) => this.#archive.record(entry, pieces),
      },
      log,
      dvrWindowS,
      lowLatency,
      restored: restored && takenUp(restored, now()),
    });
    const readStored: ReadStored = (rendition, file) => archive.read(rendition, file);
    this.window = new LiveWindow(this.packager, lowLatency, readStored, (file) => archive.read(file));
    // From here on more may be announced than the record has.
    if (restored) journal.save({ accepted, savedMs: restored.savedMs, complete: false });
  }

  /** What the control plane said when the newest publisher joined. */
  accept(accepted: PublishAccepted): void {
    this.#accepted = accepted;
  }

  /** Nothing is made any more in this process; settles when another one can go on. */
  async handOver(): Promise<void> {
    await this.#archive.settled();
    this.#save(true);
    await this.#thumbnails.finish();
  }

  /** The broadcast is over; settles when all that is known of it lies beside its media. */
  async end(): Promise<void> {
    this.packager.end();
    const { broadcast } = this.#accepted;
    const pictures = this.#archive.settled().then(() => this.#thumbnails.finish());
    this.#options.journal.append(broadcast, { kind: 'end' });
    // Without it nobody could show the media. A full disk may have room again once other broadcasts are in the bucket.
    let stored = await this.#storeRecord();
    while (!stored && !this.#left) {
      await Promise.race([this.#leaving.promise, setTimeout(storeLimits.recordRetryMs, null, { ref: false })]);
      stored = await this.#storeRecord();
    }
    if (stored) this.#options.journal.forget(broadcast);
    await pictures;
  }

  /** The process is about to stop: a record that could not be stored is tried again by the next one. */
  leave(): void {
    this.#left = true;
    this.#leaving.resolve();
  }

  /** Settles when the store has caught up; null while fewer than so many objects wait for it. */
  room(waitingMax: number): Promise<void> | null {
    return this.#archive.room(waitingMax);
  }

  /** Settles when everything that was made is stored or given up. */
  settled(): Promise<void> {
    return this.#archive.settled();
  }

  #onSegment(): void {
    this.#save(false);
    const nowMs = this.#options.now();
    if (nowMs - this.#recordedMs < storeLimits.recordEveryMs) return;
    this.#recordedMs = nowMs;
    void this.#storeRecord();
  }

  /** Puts all that is known of the media so far beside it. */
  async #storeRecord(): Promise<boolean> {
    const { journal } = this.#options;
    const { broadcast } = this.#accepted;
    await this.#archive.settled();
    return this.#archive.storeRecord(await journal.read(broadcast));
  }

  #save(complete: boolean): void {
    const { journal, lastSignMs } = this.#options;
    journal.save({ accepted: this.#accepted, savedMs: lastSignMs(), complete });
  }
}

/** One whose reconnect window is over needs no more numbers, and so no gaps before them. */
function takenUp({ record, savedMs, complete, accepted }: JournalEntry, atMs: number) {
  return { record, atMs, complete: complete || savedMs + accepted.reconnectWindowMs <= atMs };
}
