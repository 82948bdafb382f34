import { lostRace } from './origin-fetch.ts';

/** Attempts with one time limit; when one has come home the others are called off. */
export class Race {
  readonly #open = new Set<AbortController>();
  readonly #timer: ReturnType<typeof setTimeout>;
  #isOver = false;
  #isLate = false;

  constructor(limitMs: number) {
    // Not AbortSignal.timeout: a segment in the making outlives the limit for its beginning.
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      for (const control of this.#open) control.abort();
    }, limitMs);
  }

  /** Begins an attempt; `control` is aborted already where there is no time left for it, or no need of it. */
  async run<Outcome>(attempt: (control: AbortController) => Promise<Outcome>): Promise<Outcome> {
    const control = new AbortController();
    if (this.#isOver) control.abort(lostRace);
    else if (this.#isLate) control.abort();
    this.#open.add(control);
    try {
      return await attempt(control);
    } finally {
      this.#open.delete(control);
    }
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const control of this.#open) control.abort(lostRace);
  }
}
