import { readThroughLimits } from '#shared/limits/store.ts';
import { type ObjectStore, StoreError } from './object-store.ts';

/**
 * A store that reads from a second one what it does not have: media that another origin made, or that left it for want of
 * room. All else concerns the first. Viewers who go back must not take the second one from uploads: an object is read once
 * for all who ask meanwhile, a few objects at a time, and past a bound reads fail with `store_failed`.
 */
export function readThrough<S extends ObjectStore>(store: S, second: Pick<ObjectStore, 'get'>): S {
  const { atOnceMax, waitingMax } = readThroughLimits;
  const underWay = new Map<string, Promise<Buffer | null>>();
  const waiting: (() => void)[] = [];
  let reading = 0;
  const read = async (key: string) => {
    if (reading < atOnceMax) reading++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await second.get(key);
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift();
      if (next) next();
      else reading--;
    }
  };
  const readOnce = (key: string) => {
    const known = underWay.get(key);
    if (known) return known;
    if (waiting.length >= waitingMax) throw new StoreError('store_failed', 'Too many reads wait for the bucket.');
    const fresh = read(key).finally(() => underWay.delete(key));
    underWay.set(key, fresh);
    return fresh;
  };
  return { ...store, get: async (key: string) => (await store.get(key)) ?? readOnce(key) };
}
