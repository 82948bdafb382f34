import { storeLimits } from '#shared/limits/store.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from './object-store.ts';

export interface LivePartsOptions {
  readonly target: Pick<ObjectStore, 'put' | 'remove'>;
  readonly log: Log;
  /** ms; only differences count. */
  readonly now: () => number;
}

interface WaitingPart {
  readonly key: string;
  readonly bytes: Buffer;
  readonly keepMs: number;
}

/**
 * Puts parts of the live edge into the bucket while playlists name them, and takes them out again. Now or never: the
 * origin has every part too, so the oldest that wait make room for new ones, and nothing is put twice.
 */
export class LiveParts {
  readonly #options: LivePartsOptions;
  #waiting: WaitingPart[] = [];
  #sending = 0;
  /** When each part in the bucket is to leave it. */
  readonly #kept = new Map<string, number>();
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #removing: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;
  #stopped = false;

  constructor(options: LivePartsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sweep(false), storeLimits.livePartsSweepMs);
    this.#timer.unref();
  }

  /** Takes a part that has just been announced. */
  add(key: string, bytes: Buffer, targetDurationS: number): void {
    if (this.#stopped || this.#options.now() < this.#restsUntilMs) return;
    this.#waiting.push({ key, bytes, keepMs: storeLimits.livePartsTargetDurations * targetDurationS * 1_000 });
    if (this.#waiting.length > storeLimits.livePartsWaitingMax) this.#waiting.shift();
    this.#fill();
  }

  /** Puts nothing more; settles when what is in the bucket was removed, or could not be. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#waiting = [];
    clearInterval(this.#timer);
    await this.#removing;
    this.#sweep(true);
    await this.#removing;
  }

  #fill(): void {
    while (this.#sending < storeLimits.livePartsAtOnceMax) {
      const part = this.#waiting.shift();
      if (!part) return;
      this.#sending++;
      void this.#send(part).finally(() => {
        this.#sending--;
        this.#fill();
      });
    }
  }

  async #send({ key, bytes, keepMs }: WaitingPart): Promise<void> {
    const { target, now } = this.#options;
    // Before it is put: an answer that got lost must not leave it there.
    this.#kept.set(key, now() + keepMs);
    if (this.#kept.size > storeLimits.livePartsKeptMax) this.#forgetOldest();
    try {
      await target.put(key, [bytes]);
      this.#turn(null);
    } catch (cause) {
      this.#waiting = [];
      this.#restsUntilMs = now() + storeLimits.livePartsRestMs;
      this.#turn(cause);
    }
  }

  /** Removes what is due, or all; what could not be removed is tried again with the next. */
  #sweep(all: boolean): void {
    const nowMs = this.#options.now();
    const due = [...this.#kept].filter(([, atMs]) => all || atMs <= nowMs).map(([key]) => key);
    if (due.length === 0) return;
    const before = this.#removing;
    this.#removing = before.then(() => this.#remove(due));
  }

  async #remove(due: readonly string[]): Promise<void> {
    const keys = due.filter((key) => this.#kept.has(key));
    try {
      await this.#options.target.remove(keys);
      for (const key of keys) this.#kept.delete(key);
    } catch (cause) {
      this.#turn(cause);
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Tells of the first failure and of the first success after it. */
  #turn(cause: unknown): void {
    const { log } = this.#options;
    const failing = cause !== null;
    if (failing === this.#failing) return;
    this.#failing = failing;
    if (failing) log.warn({ event: 'live_parts_failed', err: cause }, 'parts do not get into the bucket or out of it');
    else log.info({ event: 'live_parts_work' }, 'parts get into the bucket again');
  }
}
