import { edgeLimits } from '#shared/limits/edge.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { SingleFlight } from '../cache/single-flight.ts';

interface Held<Value> {
  readonly value: Value;
  readonly atMs: number;
}

/** What one isolate knows of one kind of thing in the catalogue: nothing is asked more than once a second. */
export class CatalogueLookup<Value> {
  readonly #held = new ByteLru<Held<Value>>(edgeLimits.resolveEntriesMax, edgeLimits.resolveEntriesMax);
  readonly #flights = new SingleFlight<Held<Value>>();

  /**
   * The catalogue's answer; from memory a while longer when the catalogue is away.
   * @throws what `load` threw, when nothing is remembered
   */
  async find(key: string, ctx: ExecutionContext, load: () => Promise<Value>): Promise<Value> {
    const known = this.#held.get(key);
    if (known && Date.now() - known.atMs <= edgeLimits.resolveTtlMs) return known.value;
    const work = async () => {
      const found = { value: await load(), atMs: Date.now() };
      this.#held.set(key, found, 1);
      return found;
    };
    try {
      const landing = await this.#flights.run(key, edgeLimits.resolveMsMax, work, (shared) => ctx.waitUntil(shared));
      return landing.value.value;
    } catch (error) {
      if (known && Date.now() - known.atMs <= edgeLimits.resolveStaleMsMax) return known.value;
      throw error;
    }
  }
}
