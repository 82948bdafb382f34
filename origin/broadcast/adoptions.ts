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

/** Takes over broadcasts whose origin died: from then on they are as if this one had made them. */
export class Adoptions {
  readonly #options: AdoptionsOptions;
  readonly #running = new Map<string, Promise<JournalEntry | null>>();

  constructor(options: AdoptionsOptions) {
    this.#options = options;
  }

  /** Broadcasts that are being taken over. */
  get running(): Iterable<string> {
    return this.#running.keys();
  }

  /** Takes one over whose publisher is here: it goes on at once. Null when it cannot. */
  resume(accepted: PublishAccepted): Promise<JournalEntry | null> {
    return this.#once(accepted.broadcast, async () => {
      try {
        return await this.#adopt(accepted, { savedMs: this.#options.now(), complete: false });
      } catch (cause) {
        this.#tell(accepted, cause);
        return null;
      }
    });
  }

  /** Takes one over that nobody publishes any more, to be ended in order; asks again for some minutes where the bucket fails. */
  finish(accepted: PublishAccepted): Promise<JournalEntry | null> {
    return this.#once(accepted.broadcast, async () => {
      for (let attempt = 0; attempt < adoptionLimits.attemptsMax; attempt++) {
        try {
          return await this.#adopt(accepted, { savedMs: 0, complete: true });
        } catch (cause) {
          if (attempt === 0) this.#tell(accepted, cause);
          await setTimeout(adoptionLimits.retryMs, null, { ref: false });
        }
      }
      return null;
    });
  }

  #tell({ broadcast }: PublishAccepted, cause: unknown): void {
    const { log } = this.#options;
    log.error({ event: 'adoption_failed', broadcast, err: cause }, 'a broadcast of a dead origin could not be read');
  }

  /** Whoever asks for the same meanwhile gets the same. */
  #once(broadcast: string, work: () => Promise<JournalEntry | null>): Promise<JournalEntry | null> {
    const running = this.#running.get(broadcast) ?? work().finally(() => this.#running.delete(broadcast));
    this.#running.set(broadcast, running);
    return running;
  }

  async #adopt(
    accepted: PublishAccepted,
    { savedMs, complete }: Pick<JournalEntry, 'savedMs' | 'complete'>,
  ): Promise<JournalEntry | null> {
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
