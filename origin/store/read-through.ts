import type { ObjectStore } from './object-store.ts';

/** A store that reads from a second one what it does not have: media that another origin made. All else concerns the first. */
export function readThrough<S extends ObjectStore>(store: S, second: Pick<ObjectStore, 'get'>): S {
  return { ...store, get: async (key: string) => (await store.get(key)) ?? second.get(key) };
}
