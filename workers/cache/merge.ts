import { edgeLimits } from '#shared/limits/edge.ts';
import { type Answer, type Call, type MemoryName, refusal, type TierRequest } from './answer.ts';
import { ByteLru } from './byte-lru.ts';
import type { Counters } from './counters.ts';
import { refusalFreshMs, upstreamMs } from './policy.ts';
import { FlightLate, SingleFlight } from './single-flight.ts';

/** Asks the next tier once for any number of viewers, and remembers refusals for a moment. */
export class Merge {
  readonly #name: MemoryName;
  readonly #counters: Counters | undefined;
  readonly #marginMs: number;
  readonly #flights = new SingleFlight<Answer>();
  readonly #refusals = new ByteLru<Answer>(edgeLimits.refusalCacheBytesMax, edgeLimits.refusalCacheEntriesMax);

  /** @param marginMs what this tier waits beyond the upstream limit */
  constructor(name: MemoryName, marginMs: number, counters: Counters | undefined) {
    this.#name = name;
    this.#counters = counters;
    this.#marginMs = marginMs;
  }

  /**
   * The next tier's answer; never throws.
   * @param keep called once per upstream 200, before anybody gets it
   */
  async ask(key: string, request: TierRequest, call: Call, keep: (answer: Answer) => void): Promise<Answer> {
    const refused = this.#refusals.get(key);
    if (refused && Date.now() - refused.bornMs <= refusalFreshMs(refused.status)) return refused;
    const work = () => this.#land(key, request, call, keep);
    const limitMs = upstreamMs(request.route.kind, request.directives.msn !== null) + this.#marginMs;
    try {
      const { value, led } = await this.#flights.run(key, limitMs, work, (shared) => call.waitUntil(shared));
      if (led) return value;
      this.#counters?.add(`merged_${this.#name}`);
      return { ...value, from: this.#name };
    } catch (error) {
      if (error instanceof FlightLate) {
        return refusal('upstream_timeout', 'The tier above this one did not answer in time.', Date.now(), this.#name);
      }
      console.error(JSON.stringify({ event: 'upstream_threw', path: request.path, error: String(error) }));
      return refusal('upstream_failed', 'The tier above this one failed to answer.', Date.now(), this.#name);
    }
  }

  async #land(key: string, request: TierRequest, call: Call, keep: (answer: Answer) => void): Promise<Answer> {
    const answer = await call.upstream(request);
    const own = { ...answer, from: this.#name };
    if (answer.status === 200) keep(own);
    else if (refusalFreshMs(answer.status) > 0) this.#refusals.set(key, own, answer.body.byteLength);
    return answer;
  }
}
