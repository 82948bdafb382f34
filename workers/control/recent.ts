interface Held<T> {
  readonly value: T;
  readonly atMs: number;
}

/**
 * Remembers in this isolate what was read a moment ago, so that a thousand pages that ask cost the catalogue one
 * query. Holds finished values only: a promise that another request made must not be waited for.
 */
export class Recent<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #ttlMs: number;
  readonly #entriesMax: number;
  readonly #keeps: (value: T) => boolean;

  /** @param keeps which values are remembered; all when not given */
  constructor(ttlMs: number, entriesMax: number, keeps: (value: T) => boolean = () => true) {
    this.#ttlMs = ttlMs;
    this.#entriesMax = entriesMax;
    this.#keeps = keeps;
  }

  /** The remembered value of a key, else what `load` reads; throws what `load` throws, and remembers no failure. */
  async get(key: string, nowMs: number, load: () => Promise<T>): Promise<T> {
    const known = this.#held.get(key);
    if (known && Math.abs(nowMs - known.atMs) < this.#ttlMs) return known.value;
    const value = await load();
    this.#held.delete(key);
    if (!this.#keeps(value)) return value;
    this.#held.set(key, { value, atMs: nowMs });
    const [oldest] = this.#held.keys();
    if (this.#held.size > this.#entriesMax && oldest !== undefined) this.#held.delete(oldest);
    return value;
  }
}
