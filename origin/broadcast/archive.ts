import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { edgeLimits } from '#shared/limits/edge.ts';
import { storeLimits } from '#shared/limits/store.ts';
import { initFile, objectKey, recordFile, recordTailFile, segmentFile } from '#shared/model/object-name.ts';
import type { RecordEntry } from '#shared/model/record.ts';
import type { Log } from '../observe/log.ts';
import { type ObjectStore, StoreError } from '../store/object-store.ts';

const compress = promisify(gzip);

export interface ArchiveOptions {
  readonly broadcast: string;
  readonly store: ObjectStore;
  /** Writes an entry into the broadcast's record; called in order, once its media is in the store. */
  readonly append: (entry: RecordEntry) => void;
  readonly onStored: (rendition: string, msn: number) => void;
  /** An object is in the store, from where it goes to the bucket. */
  readonly onPut: (key: string) => void;
  /** Null once storing works again. */
  readonly onTrouble: (why: StoreError | null) => void;
  readonly log: Log;
}

const asBoolean = [() => true, () => false] as const;

/**
 * Puts a broadcast's media into the store while it is live, rendition by rendition in order, and then into the record:
 * what the record names is there. Media that cannot be stored is recorded as a gap, and the broadcast goes on.
 */
export class Archive {
  readonly #options: ArchiveOptions;
  /** The newest work of each rendition. */
  readonly #chains = new Map<string, Promise<void>>();
  #waitingBytes = 0;
  #waiting = 0;
  /** Whose newest object could not be stored: on a full disk small ones still fit, which does not make it well. */
  readonly #failing = new Set<string>();

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /** Takes what the packager made; `pieces` are the bytes of an init segment or of a segment. */
  record(entry: RecordEntry, pieces: readonly Buffer[]): void {
    if (entry.kind !== 'track' && entry.kind !== 'segment') {
      this.#options.append(entry);
      return;
    }
    const name = entry.kind === 'track' ? entry.rendition.name : entry.rendition;
    const file = entry.kind === 'track' ? initFile(entry.run) : segmentFile(entry.segment.msn);
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const refusal = this.#refusalOf(sizeBytes);
    const media = refusal ?? pieces;
    if (!refusal) this.#waitingBytes += sizeBytes;
    this.#waiting++;
    const work = async () => {
      const stored = sizeBytes === 0 ? this.#rest(name) : await this.#put(name, this.#key(name, file), media);
      if (!refusal) this.#waitingBytes -= sizeBytes;
      this.#waiting--;
      this.#enter(entry, stored);
    };
    this.#chains.set(name, (this.#chains.get(name) ?? Promise.resolve()).then(work));
  }

  /** An object below the broadcast from the store; null when it is not there. Throws StoreError. */
  read(...path: readonly string[]): Promise<Buffer | null> {
    return this.#options.store.get(this.#key(...path));
  }

  /** Puts an object beside the renditions that no playback depends on, and tells nobody when that fails. False: it did. */
  async storeBeside(file: string, bytes: Buffer): Promise<boolean> {
    const key = this.#key(file);
    const stored = this.#failing.size === 0 && (await this.#options.store.put(key, [bytes]).then(...asBoolean));
    if (stored) this.#options.onPut(key);
    return stored;
  }

  /** Puts the record beside the media that it names: with it, whoever has the bucket can show the broadcast. False when it failed. */
  async storeRecord(lines: Buffer): Promise<boolean> {
    if (lines.length === 0) return true;
    const { broadcast, store, onPut, log } = this.#options;
    const key = this.#key(recordFile);
    try {
      const bytes = await compress(lines);
      // Sent again it would be refused again, and it does not get any shorter.
      if (bytes.length > edgeLimits.objectBytesMax) {
        const fields = { event: 'record_too_large', broadcast, sizeBytes: bytes.length };
        log.error(fields, 'the record of a broadcast is more than a PoP can read: the one before it stays');
        return true;
      }
      await store.put(key, [bytes]);
    } catch (cause) {
      log.error({ event: 'record_not_stored', broadcast, err: cause }, 'the record of a broadcast was not stored');
      return false;
    }
    onPut(key);
    return true;
  }

  /** Puts the newest lines of the record beside it, and tells nobody when that fails: more come soon. False: it did. */
  async storeRecordTail(lines: Buffer): Promise<boolean> {
    return lines.length === 0 || this.storeBeside(recordTailFile, await compress(lines));
  }

  /** Settles when there is room for more; null while fewer than so many objects wait. */
  room(waitingMax: number): Promise<void> | null {
    return this.#waiting < waitingMax ? null : this.settled();
  }

  /** Settles when everything that was taken is stored or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#chains.values());
  }

  #enter(entry: RecordEntry, stored: boolean): void {
    const { append, onStored } = this.#options;
    if (entry.kind !== 'segment') {
      append(entry);
      return;
    }
    const { segment, rendition } = entry;
    append(stored ? entry : { ...entry, segment: { ...segment, gap: true, sizeBytes: 0 } });
    if (stored && !segment.gap) onStored(rendition, segment.msn);
  }

  /** Why media of this size is not taken; null: it is. */
  #refusalOf(sizeBytes: number): StoreError | null {
    // Its upload would be refused again and again, and hold up what comes after it.
    if (sizeBytes > edgeLimits.objectBytesMax) {
      return new StoreError('store_failed', `A segment of ${sizeBytes} bytes is more than a PoP can serve.`);
    }
    const isFull = this.#waitingBytes + sizeBytes > storeLimits.archiveQueueBytesMax;
    return isFull ? new StoreError('store_failed', 'The store is slower than the broadcast.') : null;
  }

  /** A rendition that is not made now has nothing that could fail. */
  #rest(rendition: string): true {
    if (this.#failing.delete(rendition) && this.#failing.size === 0) this.#turn(null, rendition);
    return true;
  }

  async #put(rendition: string, key: string, media: readonly Buffer[] | StoreError): Promise<boolean> {
    try {
      if (media instanceof StoreError) throw media;
      await this.#options.store.put(key, media);
      if (this.#failing.delete(rendition) && this.#failing.size === 0) this.#turn(null, key);
      this.#options.onPut(key);
      return true;
    } catch (cause) {
      const error =
        cause instanceof StoreError ? cause : new StoreError('store_failed', 'The store failed.', { cause });
      if (this.#failing.size === 0) this.#turn(error, key);
      this.#failing.add(rendition);
      return false;
    }
  }

  /** Tells of the first failure and of the first success after it, not of each. */
  #turn(error: StoreError | null, key: string): void {
    const { log, onTrouble } = this.#options;
    if (error) log.error({ event: 'store_failed', key, code: error.code, err: error }, 'media was not stored');
    else log.info({ event: 'store_works', key }, 'media is stored again');
    onTrouble(error);
  }

  #key(...path: readonly string[]): string {
    return objectKey(this.#options.broadcast, ...path);
  }
}
