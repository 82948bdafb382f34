import { storeLimits } from '#shared/limits/store.ts';
import { broadcastOfKey, objectKey } from '#shared/model/object-name.ts';
import type { Log } from '../observe/log.ts';
import { isStorable, isUnstorable, type ObjectStore, StoreError } from './object-store.ts';
import { UploadQueue } from './upload-queue.ts';

export interface UploaderOptions {
  /** Where objects wait. */
  readonly spool: ObjectStore;
  /** Where they go. */
  readonly target: ObjectStore;
  readonly log: Log;
  readonly random01: () => number;
  readonly now: () => number;
}

const segmentPattern = /\/\d+\.m4s$/;

type Resolve = () => void;

interface Waiter {
  readonly prefix: string;
  readonly resolve: Resolve;
}

/**
 * Copies objects from the spool into the bucket, oldest first, a few at a time. Repeats what failed for as long as it
 * takes, with growing pauses for the whole queue: nothing else in the origin repeats an upload. Same key, same bytes: an
 * object that went through without our hearing of it is sent again and changes nothing.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #waiting = new UploadQueue();
  /** What is sent now, and who waits for its bytes to arrive. */
  readonly #sending = new Map<string, Resolve[]>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiters = new Set<Waiter>();
  /** Who waits for an object that is still to be sent. */
  readonly #arrivals = new Map<string, Resolve[]>();
  /** Prefixes below which segments wait, and those that do. */
  readonly #keptBack = new Map<string, Set<string>>();
  /** Since when each object is on its way, oldest first. */
  readonly #sinceMs = new Map<string, number>();
  #failures = 0;
  #pause: NodeJS.Timeout | null = null;
  #stopped = false;
  #held = false;
  #refused = false;
  /** Prefixes of broadcasts that the bucket takes nothing of from this origin. */
  readonly #notOurs = new Set<string>();

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Takes an object that is in the spool. */
  add(key: string): void {
    if (this.isLeftOut(key)) return;
    // What is sent are the bytes that the spool has by then.
    if (!this.#waiting.push(key)) return;
    if (segmentPattern.test(key))
      for (const [prefix, kept] of this.#keptBack) if (key.startsWith(prefix)) kept.add(key);
    if (!this.#sinceMs.has(key)) this.#sinceMs.set(key, this.#options.now());
    this.#fill();
  }

  /** How long the oldest object has been on its way, ms; 0 when there is none. */
  oldestWaitingMs(): number {
    const [sinceMs] = this.#sinceMs.values();
    return sinceMs === undefined ? 0 : Math.max(0, this.#options.now() - sinceMs);
  }

  /** How many objects below a prefix are not in the bucket yet. */
  backlog(prefix: string): number {
    const sending = [...this.#sending.keys()].filter((key) => key.startsWith(prefix));
    return this.#waiting.count(prefix) + sending.length;
  }

  /** Sends nothing more of what is below a prefix that was taken until now; what is under way may arrive. */
  drop(prefix: string): void {
    this.takeUp(prefix);
    this.#waiting.drop(prefix);
    for (const key of this.#sinceMs.keys()) if (key.startsWith(prefix)) this.#sinceMs.delete(key);
    this.#keptBack.delete(prefix);
    for (const key of this.#arrivals.keys()) if (key.startsWith(prefix)) this.#arrived(key);
    this.#settle();
  }

  /** The broadcast below a prefix is this origin's, whatever the bucket said before. False: it had refused nothing of it. */
  takeUp(prefix: string): boolean {
    return this.#notOurs.delete(prefix);
  }

  /** Whether the bucket takes nothing of what is below a prefix from this origin: it stays in the spool. */
  isLeftOut(prefix: string): boolean {
    return this.#notOurs.size > 0 && [...this.#notOurs].some((one) => prefix.startsWith(one));
  }

  /**
   * Lets segments below a prefix that come from now on wait in their places, or all go on; what came before, and what else is
   * below it, goes on all the time.
   */
  keepBack(prefix: string, kept: boolean): void {
    if (!kept) this.#keptBack.delete(prefix);
    else if (!this.#keptBack.has(prefix)) this.#keptBack.set(prefix, new Set());
    this.#fill();
  }

  /** Settles when everything below a prefix that was taken is in the bucket. */
  drained(prefix: string): Promise<void> {
    if (this.backlog(prefix) === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add({ prefix, resolve }));
  }

  /**
   * Settles when the bucket has an object as the spool has it now, or as it was put after that, though a newer one may be on
   * its way by then; at once when it is not on its way. Settles too when it is dropped.
   */
  uploaded(key: string): Promise<void> {
    const isWaiting = this.#waiting.has(key);
    // What is under way with another one behind it are older bytes.
    const waiters = isWaiting ? (this.#arrivals.get(key) ?? []) : this.#sending.get(key);
    if (!waiters) return Promise.resolve();
    if (isWaiting) this.#arrivals.set(key, waiters);
    return new Promise((resolve) => waiters.push(resolve));
  }

  /**
   * Settles when the bucket lists everything below a prefix that the spool has, whole: what it acknowledged and does not
   * have is sent again. A bucket that does not say is asked until it does. False: stopped before that, or the bucket takes
   * nothing of it from this origin. Throws StoreError when the spool fails.
   */
  async confirmed(prefix: string): Promise<boolean> {
    const { log } = this.#options;
    for (let round = 0; !this.#stopped; round++) {
      await this.drained(prefix);
      if (this.isLeftOut(prefix)) return false;
      const there = await this.#inBucket(prefix);
      const missing = there && (await this.#notIn(there, prefix));
      if (missing?.length === 0) return true;
      if (missing && round === 0) {
        const fields = { event: 'bucket_lost', prefix, objects: missing.length, key: missing[0] };
        log.error(fields, 'the bucket does not have what it said that it took: it is sent again');
      }
      for (const key of missing ?? []) this.add(key);
      // The first time at once: it may be one object of many.
      if (round > 0 || !missing) await this.#rested();
    }
    return false;
  }

  /** Whether the bucket refuses the keys of this origin. */
  get refused(): boolean {
    return this.#refused;
  }

  /**
   * Takes what is in the spool below a prefix and not, or not whole, in the bucket; all of it when the bucket does not
   * say what it has, for what is sent again changes nothing. Throws StoreError when the spool fails.
   */
  async reconcile(prefix: string): Promise<void> {
    const there = (await this.#inBucket(prefix)) ?? new Map<string, number>();
    for (const key of await this.#notIn(there, prefix)) this.add(key);
  }

  async #notIn(there: ReadonlyMap<string, number>, prefix: string): Promise<string[]> {
    const missing: string[] = [];
    for await (const object of this.#options.spool.list(prefix)) {
      if (there.get(object.key) !== object.sizeBytes && isStorable(object)) missing.push(object.key);
    }
    return missing;
  }

  #rested(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, storeLimits.confirmRetryMs).unref());
  }

  /** Sizes of what the bucket has below a prefix; null when it does not say. */
  async #inBucket(prefix: string): Promise<ReadonlyMap<string, number> | null> {
    const there = new Map<string, number>();
    try {
      for await (const { key, sizeBytes } of this.#options.target.list(prefix)) there.set(key, sizeBytes);
    } catch (cause) {
      this.#options.log.warn({ event: 'bucket_not_listed', prefix, err: cause }, 'the bucket does not say what it has');
      return null;
    }
    return there;
  }

  /** Begins nothing more until it is told otherwise; takes and keeps what comes. */
  hold(held: boolean): void {
    this.#held = held;
    this.#fill();
  }

  /** Begins nothing more; what is under way may end. */
  stop(): void {
    this.#stopped = true;
    if (this.#pause) clearTimeout(this.#pause);
  }

  /** Settles when nothing is under way any more; for after {@link Uploader.stop}. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #fill(): void {
    while (!this.#stopped && !this.#held && !this.#pause && this.#sending.size < storeLimits.uploadsMax) {
      const key = this.#waiting.take((one) => !this.#sending.has(one) && !this.#isKeptBack(one));
      if (key === null) return;
      this.#sending.set(key, this.#arrivals.get(key) ?? []);
      this.#arrivals.delete(key);
      const work: Promise<void> = this.#send(key).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
  }

  #isKeptBack(key: string): boolean {
    for (const kept of this.#keptBack.values()) if (kept.has(key)) return true;
    return false;
  }

  async #send(key: string): Promise<void> {
    try {
      if (await this.#copy(key)) this.#worked(key);
      for (const resolve of this.#sending.get(key) ?? []) resolve();
      this.#sending.delete(key);
      if (!this.#waiting.has(key)) this.#sinceMs.delete(key);
    } catch (cause) {
      this.#arrivals.set(key, [...(this.#sending.get(key) ?? []), ...(this.#arrivals.get(key) ?? [])]);
      this.#sending.delete(key);
      this.#waiting.putFirst(key);
      this.#rest(key, cause);
    }
    this.#settle();
    this.#fill();
  }

  /** False: there is nothing that the bucket takes. To repeat that would hold up everything else. */
  async #copy(key: string): Promise<boolean> {
    const { spool, target, log } = this.#options;
    try {
      const bytes = await spool.get(key);
      if (bytes) await target.put(key, [bytes]);
      else log.warn({ event: 'upload_missing', key }, 'an object left the spool before it was in the bucket');
      return bytes !== null;
    } catch (cause) {
      if (!isUnstorable(cause)) throw cause;
      if (cause instanceof StoreError && cause.code === 'store_not_ours') this.#leaveOut(key, cause);
      else
        log.error({ event: 'upload_impossible', key, err: cause }, 'what is in the spool is no object: it is left out');
      return false;
    }
  }

  /** The broadcast of an object stays in the spool until it is taken up, or the next start, and holds up nothing. */
  #leaveOut(key: string, cause: StoreError): void {
    if (this.isLeftOut(key)) return;
    const broadcast = broadcastOfKey(key);
    const prefix = broadcast === null ? key : objectKey(broadcast, '');
    this.drop(prefix);
    this.#notOurs.add(prefix);
    this.#options.log.error(
      { event: 'upload_not_ours', prefix, key, err: cause },
      'the bucket takes nothing of this broadcast from this origin: it stays in the spool',
    );
  }

  #worked(key: string): void {
    if (this.#failures > 0) this.#options.log.info({ event: 'bucket_works', key }, 'the bucket takes objects again');
    this.#failures = 0;
    this.#refused = false;
  }

  /** Half of the pause is by chance, so that origins do not come back to a bucket all at once. */
  #rest(key: string, cause: unknown): void {
    const { log, random01 } = this.#options;
    const code = cause instanceof StoreError ? cause.code : 'store_failed';
    this.#refused = code === 'store_refused';
    if (this.#failures++ === 0) log.error({ event: 'bucket_failed', key, code, err: cause }, 'the bucket failed');
    if (this.#pause || this.#stopped) return;
    const { uploadBackoffMsMin, uploadBackoffMsMax } = storeLimits;
    const fullMs = Math.min(uploadBackoffMsMax, uploadBackoffMsMin * 2 ** Math.min(this.#failures - 1, 16));
    this.#pause = setTimeout(
      () => {
        this.#pause = null;
        this.#fill();
      },
      fullMs * (0.5 + random01() / 2),
    );
  }

  #arrived(key: string): void {
    for (const resolve of this.#arrivals.get(key) ?? []) resolve();
    this.#arrivals.delete(key);
  }

  #settle(): void {
    for (const waiter of this.#waiters) {
      if (this.backlog(waiter.prefix) > 0) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
