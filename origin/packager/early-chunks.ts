import { packagerLimits } from '#shared/limits/packager.ts';

/** Media that came before the leading rendition of its run: nobody knows yet where segments lie. */
export class EarlyChunks {
  readonly #held: (() => void)[] = [];

  /** Keeps a chunk until the leader has begun; the oldest one goes when there are too many. */
  hold(push: () => void): void {
    this.#held.push(push);
    if (this.#held.length > packagerLimits.earlyChunksMax) this.#held.shift();
  }

  /** Hands over what was kept, in the order in which it came. */
  release(): void {
    for (const push of this.#held.splice(0)) push();
  }
}
