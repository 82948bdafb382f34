import { spoolTrimLimits } from '#shared/limits/store.ts';
import type { Log } from '../observe/log.ts';
import type { DiskStore } from './disk-store.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

export interface SpoolTrimOptions {
  readonly spool: Pick<DiskStore, 'list' | 'remove' | 'room'>;
  readonly bucket: Pick<ObjectStore, 'list'>;
  readonly log: Log;
  readonly now: () => number;
}

/** A segment in the spool. */
interface Segment extends ObjectInfo {
  /** `b/<broadcast>/` */
  readonly prefix: string;
  /** Segments of its rendition that are newer. */
  readonly age: number;
}

const segmentPattern = /^((b\/[^/]+\/)[^/]+\/)(\d+)\.m4s$/;

/**
 * Keeps room in the spool for what is made, however long a broadcast is: where it fills up, the oldest segments leave it
 * that the bucket lists, whole. Whoever reads them finds them there. All else stays until its broadcast is over.
 */
export class SpoolTrim {
  readonly #options: SpoolTrimOptions;
  readonly #timer: NodeJS.Timeout;
  #isAtWork = false;
  #restsUntilMs = 0;

  constructor(options: SpoolTrimOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), spoolTrimLimits.lookMs);
    this.#timer.unref();
  }

  /** Makes room where there is little. Never rejects: a disk or a bucket that fails is looked at again later. */
  async look(): Promise<void> {
    const { log, now } = this.#options;
    if (this.#isAtWork || now() < this.#restsUntilMs) return;
    this.#isAtWork = true;
    try {
      const excessBytes = await this.#excess();
      if (excessBytes <= 0) return;
      // Listings of a bucket cost money: one that had too little is not asked again at once.
      this.#restsUntilMs = now() + spoolTrimLimits.restMs;
      const gone = await this.#trim(excessBytes);
      const sizeBytes = gone.reduce((sum, object) => sum + object.sizeBytes, 0);
      if (sizeBytes >= excessBytes) this.#restsUntilMs = 0;
      log.info(
        { event: 'spool_trimmed', objects: gone.length, sizeBytes },
        'segments that the bucket has left the spool',
      );
    } catch (cause) {
      log.warn({ event: 'spool_not_trimmed', err: cause }, 'the spool could not be made smaller');
    } finally {
      this.#isAtWork = false;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #excess(): Promise<number> {
    const { usedBytes, freeBytes } = await this.#options.spool.room();
    const allBytes = usedBytes + freeBytes;
    return usedBytes > spoolTrimLimits.aboveShare * allBytes ? usedBytes - spoolTrimLimits.toShare * allBytes : 0;
  }

  async #trim(excessBytes: number): Promise<readonly Segment[]> {
    const { spool, bucket } = this.#options;
    const there = new Map<string, ReadonlyMap<string, number>>();
    const gone: Segment[] = [];
    let leftBytes = excessBytes;
    for (const segment of await this.#segments()) {
      if (leftBytes <= 0) break;
      const { prefix, key, sizeBytes } = segment;
      const listed = there.get(prefix) ?? (await sizesBelow(bucket, prefix));
      there.set(prefix, listed);
      if (listed.get(key) !== sizeBytes) continue;
      gone.push(segment);
      leftBytes -= sizeBytes;
    }
    await spool.remove(gone.map(({ key }) => key));
    return gone;
  }

  /** All of them, those first that lie the furthest behind the newest of their rendition. */
  async #segments(): Promise<readonly Segment[]> {
    const found: {
      readonly object: ObjectInfo;
      readonly folder: string;
      readonly prefix: string;
      readonly msn: number;
    }[] = [];
    const newest = new Map<string, number>();
    for await (const object of this.#options.spool.list('b/')) {
      const [, folder, prefix, number] = segmentPattern.exec(object.key) ?? [];
      if (folder === undefined || prefix === undefined) continue;
      const msn = Number(number);
      found.push({ object, folder, prefix, msn });
      newest.set(folder, Math.max(msn, newest.get(folder) ?? 0));
    }
    return found
      .map(({ object, folder, prefix, msn }) => ({ ...object, prefix, age: (newest.get(folder) ?? msn) - msn }))
      .filter(({ age }) => age >= spoolTrimLimits.keptSegments)
      .sort((a, b) => b.age - a.age);
  }
}

async function sizesBelow(bucket: Pick<ObjectStore, 'list'>, prefix: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { key, sizeBytes } of bucket.list(prefix)) sizes.set(key, sizeBytes);
  return sizes;
}
