import { edgeLimits } from '#shared/limits/edge.ts';
import type { Answer } from './answer.ts';
import { ByteLru } from './byte-lru.ts';
import { isolateCounters } from './counters.ts';
import { MemoryTier } from './memory-tier.ts';

/** This isolate's memory: shared by all requests that the isolate serves, lost with it. */
export const isolateTier = new MemoryTier({
  name: 'isolate',
  store: new ByteLru<Answer>(edgeLimits.isolateCacheBytesMax, edgeLimits.isolateCacheEntriesMax),
  scope: '',
  tiersAbove: 1,
  counters: isolateCounters,
});
