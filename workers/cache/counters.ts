/** What a PoP or a shield counts; docs/operate/counters.md says what each is. */
export const counterNames = [
  'requests_isolate',
  'requests_pop',
  'requests_shield',
  'requests_origin',
  'requests_own',
  'bytes_out',
  'errors_4xx',
  'errors_5xx',
  'merged_isolate',
  'merged_shield',
  'origin_fetches',
  'origin_bytes',
  'origin_failures',
  'origin_retries',
  'origin_hedges',
  'origin_refused_by_breaker',
  'prefetches',
  'bucket_hits',
  'bucket_misses',
] as const;
export type CounterName = (typeof counterNames)[number];

/** Counts by name; plain data, so that it can cross to another object. */
export type Counts = Partial<Record<CounterName, number>>;

/** Numbers that only grow, until somebody takes them away to add them up elsewhere. */
export class Counters {
  #counts: Counts = {};

  add(name: CounterName, by = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + by;
  }

  /** Adds what another one counted. */
  addAll(counts: Counts): void {
    for (const [name, by] of Object.entries(counts)) this.add(name as CounterName, by);
  }

  /** What was counted since the last time; null when nothing was. */
  take(): Counts | null {
    const taken = this.#counts;
    this.#counts = {};
    return Object.keys(taken).length > 0 ? taken : null;
  }
}

/** Of this isolate: what its requests did, and what shields told them. */
export const isolateCounters = new Counters();
