import { edgeLimits } from '#shared/limits/edge.ts';
import type { Answer, Call, TierRequest } from './answer.ts';
import type { ByteLru } from './byte-lru.ts';
import type { ChunkLog } from './chunk-log.ts';
import type { Merge } from './merge.ts';
import type { Policy } from './policy.ts';

/** Everything but media playlists: whole bodies, kept for as long as their policy says. */
export class ObjectMemory {
  readonly #merge: Merge;
  readonly #store: ByteLru<Answer>;
  readonly #scope: string;

  /** Segments in the making, by key: each has one upstream transfer, whoever joins it and whenever. */
  readonly #growing = new Map<string, Answer & { readonly growing: ChunkLog }>();

  /** @param scope in front of every key, where several tiers share one store */
  constructor(merge: Merge, store: ByteLru<Answer>, scope: string) {
    this.#merge = merge;
    this.#store = store;
    this.#scope = scope;
  }

  /** Answers from memory or from the next tier; a bounded time after an upstream failure, with what it has. */
  async answer(request: TierRequest, kindPolicy: Policy, call: Call): Promise<Answer> {
    const key = this.#scope + request.path;
    const held = this.#store.get(key);
    const policy = held?.foreign?.policy ?? kindPolicy;
    if (held && Date.now() - held.bornMs <= policy.freshMs) return held;
    const growing = this.#growing.get(key);
    if (growing && Date.now() - growing.growing.movedMs <= edgeLimits.growingStallMsMax) return growing;
    const asked = await this.#merge.ask(request.path, request, call, (answer) => this.#keep(key, answer));
    if (asked.status >= 500 && held && Date.now() - held.bornMs <= policy.staleMs) return held;
    return asked;
  }

  #keep(key: string, { growing, ...answer }: Answer): void {
    if (!growing) {
      this.#store.set(key, answer, answer.body.byteLength);
      return;
    }
    const entry = { ...answer, growing };
    this.#growing.set(key, entry);
    growing.whenSettled((whole) => {
      if (this.#growing.get(key) === entry) this.#growing.delete(key);
      if (whole) this.#store.set(key, { ...answer, body: whole }, whole.byteLength);
    });
  }
}
