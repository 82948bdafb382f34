import { edgeLimits } from '#shared/limits/edge.ts';

interface Flight<Value> {
  readonly landed: Promise<Value>;
  /** By when its own deadline must have ended it, ms since the Unix epoch. */
  readonly endsMs: number;
}

/** The outcome, and whether this caller did the work itself. */
interface Landing<Value> {
  readonly value: Value;
  readonly led: boolean;
}

/** The work of a flight took longer than its limit. */
export class FlightLate extends Error {
  constructor(key: string, limitMs: number) {
    super(`${key} did not land within ${limitMs} ms`);
    this.name = 'FlightLate';
  }
}

/**
 * Merges identical work of many requests. Shared values must be plain data.
 *
 * In workerd a promise whose maker's request is gone never settles, and a request that waits with no I/O of its own is killed.
 * So the leader makes the promise and puts it in waitUntil, every follower keeps a timer of its own running, and an
 * entry past its time is replaced when it is read.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  /**
   * Joins the flight of `key`, or leads one.
   * @throws FlightLate when the work exceeds `limitMs`; whatever `work` throws
   */
  async run(
    key: string,
    limitMs: number,
    work: () => Promise<Value>,
    waitUntil: (work: Promise<unknown>) => void,
  ): Promise<Landing<Value>> {
    const flight = this.#flights.get(key);
    if (flight && Date.now() < flight.endsMs) {
      const value = await orNullAfter(flight.landed, flight.endsMs - Date.now());
      if (value !== null) return { value: value.value, led: false };
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      return this.run(key, limitMs, work, waitUntil);
    }
    return { value: await this.#lead(key, limitMs, work, waitUntil), led: true };
  }

  #lead(key: string, limitMs: number, work: () => Promise<Value>, waitUntil: (work: Promise<unknown>) => void) {
    const landed = within(work(), key, limitMs).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight = { landed, endsMs: Date.now() + limitMs + edgeLimits.followerGraceMs };
    this.#flights.set(key, flight);
    waitUntil(landed.catch(() => {}));
    return landed;
  }
}

async function within<Value>(work: Promise<Value>, key: string, limitMs: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new FlightLate(key, limitMs)), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function orNullAfter<Value>(landed: Promise<Value>, waitMs: number): Promise<{ value: Value } | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), waitMs);
  try {
    return await Promise.race([landed.then((value) => ({ value })), promise]);
  } finally {
    clearTimeout(timer);
  }
}
