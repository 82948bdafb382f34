import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { Answer, Call, MemoryName, TierRequest } from './answer.ts';
import type { ByteLru } from './byte-lru.ts';
import type { Counters } from './counters.ts';
import { Merge } from './merge.ts';
import { ObjectMemory } from './object-memory.ts';
import { PlaylistMemory } from './playlist-memory.ts';
import { foreignPolicy, policies } from './policy.ts';

/** How a tier made of memory is set up. */
interface MemoryTierOptions {
  readonly name: MemoryName;
  /** Where whole objects are kept. */
  readonly store: ByteLru<Answer>;
  /** In front of every key of `store`, where several tiers share one. */
  readonly scope: string;
  /** How many memory tiers lie between this one and the origin. */
  readonly tiersAbove: number;
  readonly counters?: Counters;
}

/** Memory that merges what many viewers ask: the isolate of a PoP is one, a shield another. */
export class MemoryTier {
  readonly #objects: ObjectMemory;
  readonly #playlists: PlaylistMemory;

  constructor({ name, store, scope, tiersAbove, counters }: MemoryTierOptions) {
    const merge = new Merge(name, (tiersAbove + 1) * edgeLimits.tierMarginMs, counters);
    this.#objects = new ObjectMemory(merge, store, scope);
    this.#playlists = new PlaylistMemory(name, merge);
  }

  /** The object, from memory or from the next tier; never throws. */
  answer(request: TierRequest, call: Call): Promise<Answer> {
    const { kind } = request.route;
    if (kind === 'media-playlist') return this.#playlists.answer(request, call);
    if (kind === 'foreign') return this.#foreign(request, call);
    return this.#objects.answer(request, policies[kind], call);
  }

  /** Directives count once an answer has shown that this is a playlist whose server holds requests; then it has a state. */
  async #foreign(request: TierRequest, call: Call): Promise<Answer> {
    if (!this.#playlists.knows(request)) {
      const answer = await this.#objects.answer({ ...request, directives: noDirectives }, foreignPolicy, call);
      if (answer.status !== 200 || !answer.state) return answer;
      this.#playlists.learn(request, answer);
      if (request.directives.msn === null && request.directives.skip === null) return answer;
    }
    return this.#playlists.answer(request, call);
  }
}
