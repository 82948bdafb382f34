import { setTimeout } from 'node:timers/promises';
import { storeLimits } from '#shared/limits/store.ts';
import { livePartKey, objectKey, partFile } from '#shared/model/object-name.ts';
import type { RecordFill } from '#shared/model/record-pack.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { Packager, type PackagerEvents } from '../packager/packager.ts';
import { LiveWindow, type ReadStored } from '../packager/window.ts';
import type { ObjectStore, StoreError } from '../store/object-store.ts';
import type { PictureMaker } from '../transcoder/picture.ts';
import { Archive } from './archive.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { RecordKeeper, type Sending } from './record-keeper.ts';
import { type RecordVerdict, RecordWatch } from './record-verdict.ts';
import { Thumbnails } from './thumbnails.ts';

export interface BroadcastMediaOptions {
  readonly accepted: PublishAccepted;
  /** How far the broadcast was in a process before this one. */
  readonly restored: JournalEntry | null;
  readonly journal: Pick<Journal, 'save' | 'append' | 'pack' | 'read' | 'forget'>;
  readonly store: ObjectStore;
  /** An object of this broadcast is in the store. */
  readonly upload: (key: string) => void;
  /** Null: there is no bucket. */
  readonly sending: Sending | null;
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
  readonly #keeper: RecordKeeper;
  readonly #recordWatch: RecordWatch;
  #accepted: PublishAccepted;
  #left = false;
  #disowned = false;
  readonly #leaving = Promise.withResolvers<void>();

  constructor(options: BroadcastMediaOptions) {
    const { accepted, restored, journal, store, upload, sending, uploadPart, dvrWindowS } = options;
    const { pictures, isBusy, events, onTrouble, log, now } = options;
    const { broadcast, latency } = accepted;
    this.#options = options;
    this.#accepted = accepted;
    this.#archive = new Archive({
      broadcast,
      store,
      log,
      append: (entry) => {
        if (this.#disowned) return;
        journal.append(broadcast, entry);
        this.#thumbnails.record(entry);
      },
      onPut: (key) => {
        if (!this.#disowned) upload(key);
      },
      onStored: (rendition, msn) => this.packager.markStored(rendition, msn),
      onTrouble,
    });
    const archive = this.#archive;
    const put = (file: string, bytes: Buffer) => archive.storeBeside(file, bytes);
    const read = (...path: readonly string[]) => archive.read(...path);
    this.#thumbnails = new Thumbnails({ broadcast, pictures, isBusy, put, read, log });
    if (restored) this.#thumbnails.restore(restored.record);
    this.#recordWatch = new RecordWatch(restored?.record ?? null);
    const onPacked = (fill: RecordFill) => this.#recordWatch.note(fill, now());
    this.#keeper = new RecordKeeper({ broadcast, journal, archive, sending, onPacked, now });
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
        onRecord: (entry, pieces) => {
          if (entry.kind === 'track') this.#keeper.onRunBegins();
          this.#archive.record(entry, pieces);
          if (entry.kind === 'run') this.#keeper.onRunNamed();
        },
      },
      log,
      dvrWindowS,
      lowLatency,
      restored: restored && takenUp(restored, now()),
    });
    const readStored: ReadStored = (rendition, file) => archive.read(rendition, file);
    this.window = new LiveWindow(this.packager, lowLatency, readStored, (file) => archive.read(file));
    // From here on more may be announced than the record has.
    if (!restored) return;
    journal.save({ accepted, savedMs: restored.savedMs, complete: false });
    this.#keeper.onRunBegins();
    void this.#keeper.storeWhole();
  }

  /** What is to be said of how long its record is. */
  get recordVerdict(): RecordVerdict {
    return this.#recordWatch.verdict;
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

  /** Settles when all that was made so far lies in the store, with a record that names it. */
  async stored(): Promise<void> {
    await this.#archive.settled();
    if (!this.#disowned) await this.#keeper.storeWhole();
  }

  /** Another origin has the broadcast now: nothing of it is written down here any more. */
  disown(): void {
    this.#disowned = true;
  }

  /** The broadcast is over; settles when all that is known of it lies beside its media. */
  async end(): Promise<void> {
    this.packager.end();
    if (this.#disowned) return this.#archive.settled();
    const { broadcast } = this.#accepted;
    const pictures = this.#archive.settled().then(() => this.#thumbnails.finish());
    this.#options.journal.append(broadcast, { kind: 'end' });
    // Without it nobody could show the media. A full disk may have room again once other broadcasts are in the bucket.
    let stored = await this.#keeper.storeWhole();
    while (!stored && !this.#left) {
      await Promise.race([this.#leaving.promise, setTimeout(storeLimits.recordRetryMs, null, { ref: false })]);
      stored = await this.#keeper.storeWhole();
    }
    // Without a line it has no end either, and the next process has to find out.
    if (stored && !this.#keeper.isEmpty) this.#options.journal.forget(broadcast);
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
    if (this.#disowned) return;
    this.#save(false);
    this.#keeper.onNews();
  }

  #save(complete: boolean): void {
    const { journal, lastSignMs } = this.#options;
    journal.save({ accepted: this.#accepted, savedMs: lastSignMs(), complete });
  }
}

/** One whose reconnect window is over needs no more numbers, and so no gaps before them. */
function takenUp({ record, savedMs, complete, accepted, adopted = false }: JournalEntry, atMs: number) {
  return { record, atMs, complete: complete || savedMs + accepted.reconnectWindowMs <= atMs, adopted };
}
