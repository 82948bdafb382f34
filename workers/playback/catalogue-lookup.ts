import { edgeLimits } from '#shared/limits/edge.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { SingleFlight } from '../cache/single-flight.ts';

/** What the catalogue said, and when: ms since the Unix epoch. */
export interface Found<Value> {
  readonly value: Value;
  readonly atMs: number;
}

/** What one isolate knows of one kind of thing in the catalogue: nothing is asked more than once a second. */
export class CatalogueLookup<Value> {
  readonly #held = new ByteLru<Found<Value>>(edgeLimits.resolveEntriesMax, edgeLimits.resolveEntriesMax);
  readonly #flights = new SingleFlight<Found<Value>>();

  /**
   * The catalogue's answer; from memory a while longer when the catalogue is away.
   * @throws what `load` threw, when nothing is remembered
   */
  async find(key: string, ctx: ExecutionContext, load: () => Promise<Value>): Promise<Found<Value>> {
    const known = this.#held.get(key);
    if (known && Date.now() - known.atMs <= edgeLimits.resolveTtlMs) return known;
    const work = async () => {
      const found = { value: await load(), atMs: Date.now() };
      this.#held.set(key, found, 1);
      return found;
    };
    try {
      const landing = await this.#flights.run(key, edgeLimits.resolveMsMax, work, (shared) => ctx.waitUntil(shared));
      return landing.value;
    } catch (error) {
      if (known && Date.now() - known.atMs <= edgeLimits.resolveStaleMsMax) return known;
      throw error;
    }
  }
}
