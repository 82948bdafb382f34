import { setTimeout } from 'node:timers/promises';
import { adoptionLimits } from '#shared/limits/store.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { adoptBroadcast } from './adopt.ts';
import type { Journal, JournalEntry } from './journal.ts';

export interface AdoptionsOptions {
  /** The bucket that the origins share; null: nothing can be taken over. */
  readonly bucket: Pick<ObjectStore, 'get' | 'list'> | null;
  readonly journal: Pick<Journal, 'save' | 'append'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Null: the bucket has nothing to go on with; `unread`: it does not say. */
type Adopted = JournalEntry | 'unread' | null;

type AdoptedState = Pick<JournalEntry, 'savedMs' | 'complete'>;

/** Takes over broadcasts whose origin died: from then on they are as if this one had made them. */
export class Adoptions {
  readonly #options: AdoptionsOptions;
  readonly #running = new Map<string, Promise<Adopted>>();

  constructor(options: AdoptionsOptions) {
    this.#options = options;
  }

  /** Broadcasts that are being taken over. */
  get running(): Iterable<string> {
    return this.#running.keys();
  }

  /** Takes one over whose publisher is here and waits: it goes on at once, or not here. */
  resume(accepted: PublishAccepted): Promise<Adopted> {
    const { now } = this.#options;
    const { resumeAttemptsMax, resumeRetryMs, resumeMsMax } = adoptionLimits;
    const state = () => ({ savedMs: now(), complete: false });
    const mayRetry = (attempts: number) => attempts < resumeAttemptsMax;
    const found = this.#once(accepted.broadcast, () => this.#attempt(accepted, state, resumeRetryMs, mayRetry));
    return Promise.race([found, setTimeout<'unread'>(resumeMsMax, 'unread', { ref: false })]);
  }

  /** Takes one over that nobody publishes any more, to be ended in order; asks again for an hour where the bucket fails. */
  finish(accepted: PublishAccepted): Promise<Adopted> {
    const resuming = this.#running.get(accepted.broadcast);
    if (resuming) return resuming.then((found) => (found === 'unread' ? this.finish(accepted) : found));
    const { attemptsMax, retryMs } = adoptionLimits;
    const state = () => ({ savedMs: 0, complete: true });
    const mayRetry = (attempts: number) => attempts < attemptsMax;
    return this.#once(accepted.broadcast, () => this.#attempt(accepted, state, retryMs, mayRetry));
  }

  async #attempt(
    accepted: PublishAccepted,
    state: () => AdoptedState,
    retryMs: number,
    mayRetry: (attempts: number) => boolean,
  ): Promise<Adopted> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#adopt(accepted, state());
      } catch (cause) {
        if (attempts === 1) this.#tell(accepted, cause);
        if (!mayRetry(attempts)) return 'unread';
        await setTimeout(retryMs, null, { ref: false });
      }
    }
  }

  #tell({ broadcast }: PublishAccepted, cause: unknown): void {
    const { log } = this.#options;
    log.error({ event: 'adoption_failed', broadcast, err: cause }, 'a broadcast of a dead origin could not be read');
  }

  /** Whoever asks for the same meanwhile gets the same. */
  #once(broadcast: string, work: () => Promise<Adopted>): Promise<Adopted> {
    const running = this.#running.get(broadcast) ?? work().finally(() => this.#running.delete(broadcast));
    this.#running.set(broadcast, running);
    return running;
  }

  async #adopt(accepted: PublishAccepted, { savedMs, complete }: AdoptedState): Promise<JournalEntry | null> {
    const { bucket, journal, log } = this.#options;
    const { broadcast } = accepted;
    const adopted = bucket && (await adoptBroadcast(broadcast, bucket));
    if (!adopted || adopted.record.ended || adopted.record.tracks.size === 0) return null;
    const state = { accepted, savedMs, complete };
    for (const entry of adopted.entries) journal.append(broadcast, entry);
    journal.save(state);
    log.info({ event: 'broadcast_adopted', broadcast, complete }, 'a broadcast of a dead origin is taken over');
    return { ...state, record: adopted.record, adopted: true };
  }
}
