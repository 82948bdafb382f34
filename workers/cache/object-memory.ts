import type { Answer, Call, TierRequest } from './answer.ts';
import type { ByteLru } from './byte-lru.ts';
import type { Merge } from './merge.ts';
import type { Policy } from './policy.ts';

/** Everything but media playlists: whole bodies, kept for as long as their policy says. */
export class ObjectMemory {
  readonly #merge: Merge;
  readonly #store: ByteLru<Answer>;
  readonly #scope: string;

  /** @param scope in front of every key, where several tiers share one store */
  constructor(merge: Merge, store: ByteLru<Answer>, scope: string) {
    this.#merge = merge;
    this.#store = store;
    this.#scope = scope;
  }

  /** Answers from memory or from the next tier; a bounded time after an upstream failure, with what it has. */
  async answer(request: TierRequest, policy: Policy, call: Call): Promise<Answer> {
    const key = this.#scope + request.path;
    const held = this.#store.get(key);
    if (held && Date.now() - held.bornMs <= policy.freshMs) return held;
    const asked = await this.#merge.ask(request.path, request, call, (answer) =>
      this.#store.set(key, answer, answer.body.byteLength),
    );
    if (asked.status >= 500 && held && Date.now() - held.bornMs <= policy.staleMs) return held;
    return asked;
  }
}
