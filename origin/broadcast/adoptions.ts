import { setTimeout } from 'node:timers/promises';
import { adoptionLimits } from '#shared/limits/store.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { adoptBroadcast } from './adopt.ts';
import type { Journal, JournalEntry, JournalState } from './journal.ts';

export interface AdoptionsOptions {
  /** The bucket that the origins share; null: nothing can be taken over. */
  readonly bucket: Bucket | null;
  readonly journal: Pick<Journal, 'save' | 'adopt' | 'forget'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Null: the bucket has nothing to go on with; `unread`: it does not say. */
type Adopted = JournalEntry | 'unread' | null;

type AdoptedState = Pick<JournalEntry, 'savedMs' | 'complete'>;

/** What is always so of one that nobody publishes any more. */
const over: AdoptedState = { savedMs: 0, complete: true };

type Bucket = Pick<ObjectStore, 'get' | 'list'>;

/** Reading of what a dead origin left. */
interface Reading {
  readonly found: Promise<Adopted>;
  readonly course: Course;
}

interface Course {
  /** When the bucket last gave something, ms of a clock that does not step. */
  heardMs: number;
  /** How it stands for this origin: its publisher may come meanwhile. */
  state: AdoptedState;
}

interface AttemptOptions {
  readonly course: Course;
  readonly retryMs: number;
  readonly mayRetry: (attempts: number) => boolean;
}

/** Takes over broadcasts whose origin died: from then on they are as if this one had made them. */
export class Adoptions {
  readonly #options: AdoptionsOptions;
  readonly #running = new Map<string, Reading>();
  readonly #finishing = new Map<string, Promise<Adopted>>();

  constructor(options: AdoptionsOptions) {
    this.#options = options;
  }

  /** Broadcasts that are being taken over. */
  get running(): Iterable<string> {
    return this.#running.keys();
  }

  /**
   * Takes one over whose publisher is here and waits: it goes on once it is read, for as long as the bucket gives something,
   * or not here. What is long may take longer than a publisher is kept waiting; his next try finds it being read.
   */
  resume(accepted: PublishAccepted): Promise<Adopted> {
    const { now } = this.#options;
    const { resumeAttemptsMax, resumeRetryMs } = adoptionLimits;
    const state = { savedMs: now(), complete: false };
    const mayRetry = (attempts: number) => attempts < resumeAttemptsMax;
    const reading = this.#once(accepted, state, (course) =>
      this.#attempt(accepted, { course, mayRetry, retryMs: resumeRetryMs }),
    );
    reading.course.state = state;
    return Promise.race([reading.found, this.#silence(reading)]);
  }

  /** Takes one over that nobody publishes any more, to be ended in order; asks again for an hour where the bucket fails. */
  finish(accepted: PublishAccepted): Promise<Adopted> {
    const { broadcast } = accepted;
    const finishing = this.#finishing.get(broadcast) ?? this.#finish(accepted);
    this.#finishing.set(broadcast, finishing);
    return finishing.finally(() => this.#finishing.delete(broadcast));
  }

  #finish(accepted: PublishAccepted): Promise<Adopted> {
    const resuming = this.#running.get(accepted.broadcast);
    if (!resuming) return this.#finishAlone(accepted);
    // It is read too late for its publisher, unless he comes again.
    resuming.course.state = over;
    return resuming.found.then((found) => (found === 'unread' ? this.#finishAlone(accepted) : found));
  }

  #finishAlone(accepted: PublishAccepted): Promise<Adopted> {
    return this.#persist(accepted, over);
  }

  /** Goes on with one that a process before this one had begun to take over: to be ended, or to wait for its publisher. */
  again({ accepted, savedMs, complete }: JournalState): Promise<Adopted> {
    return this.#persist(accepted, { savedMs, complete });
  }

  /** Asks again for an hour where the bucket fails. */
  #persist(accepted: PublishAccepted, state: AdoptedState): Promise<Adopted> {
    const { attemptsMax, retryMs } = adoptionLimits;
    const mayRetry = (attempts: number) => attempts < attemptsMax;
    return this.#once(accepted, state, (course) => this.#attempt(accepted, { course, mayRetry, retryMs })).found;
  }

  /** Resolves once the bucket has given nothing for a while. */
  async #silence({ course }: Reading): Promise<'unread'> {
    const leftMs = () => course.heardMs + adoptionLimits.resumeMsMax - performance.now();
    while (leftMs() > 0) await setTimeout(leftMs(), null, { ref: false });
    return 'unread';
  }

  async #attempt(accepted: PublishAccepted, { course, mayRetry, retryMs }: AttemptOptions): Promise<Adopted> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.#adopt(accepted, course);
      } catch (cause) {
        if (attempts === 1) this.#tell(accepted, cause);
        if (!mayRetry(attempts)) return 'unread';
        await setTimeout(retryMs, null, { ref: false });
      }
    }
  }

  #tell({ broadcast }: PublishAccepted, cause: unknown): void {
    const { log } = this.#options;
    log.error({ event: 'adoption_failed', broadcast, err: cause }, 'a broadcast of another origin could not be read');
  }

  /** Whoever asks for the same meanwhile gets the same. It is written down, so that the next process takes it up if this one dies. */
  #once(accepted: PublishAccepted, state: AdoptedState, work: (course: Course) => Promise<Adopted>): Reading {
    const { broadcast } = accepted;
    const running = this.#running.get(broadcast);
    if (running) return running;
    this.#options.journal.save({ accepted, ...state, adopting: true });
    const course = { heardMs: performance.now(), state };
    const reading = { course, found: work(course).finally(() => this.#running.delete(broadcast)) };
    this.#running.set(broadcast, reading);
    return reading;
  }

  async #adopt(accepted: PublishAccepted, course: Course): Promise<JournalEntry | null> {
    const { bucket, journal, log } = this.#options;
    const { broadcast } = accepted;
    const onHeard = () => {
      course.heardMs = performance.now();
    };
    const adopted = bucket && (await adoptBroadcast(broadcast, overheard(bucket, onHeard)));
    if (!adopted || adopted.record.ended || adopted.record.tracks.size === 0) {
      journal.forget(broadcast);
      return null;
    }
    const { savedMs, complete } = course.state;
    const state = { accepted, savedMs, complete };
    journal.adopt(state, adopted.entries);
    log.info({ event: 'broadcast_adopted', broadcast, complete }, 'a broadcast of another origin is taken over');
    return { ...state, record: adopted.record, adopted: true };
  }
}

/** A bucket that tells of each answer. */
function overheard(bucket: Bucket, onHeard: () => void): Bucket {
  return {
    async get(key) {
      const found = await bucket.get(key);
      onHeard();
      return found;
    },
    async *list(prefix) {
      for await (const object of bucket.list(prefix)) {
        onHeard();
        yield object;
      }
    },
  };
}
