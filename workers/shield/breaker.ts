import { edgeLimits } from '#shared/limits.ts';

/** `closed`: ask; `probe`: ask once, to see whether it is well again; `open`: do not ask now. */
type Leave = 'closed' | 'probe' | 'open';

/** Leaves a source alone for a moment when it has failed several times in a row; then one request tries it. */
export class Breaker {
  #failures = 0;
  #openUntilMs = 0;

  /** Whether to ask the source now; whoever gets `probe` is the only one for a while. */
  leave(nowMs: number): Leave {
    if (this.#failures < edgeLimits.breakerFailuresMin) return 'closed';
    if (nowMs < this.#openUntilMs) return 'open';
    this.#openUntilMs = nowMs + edgeLimits.breakerOpenMs;
    return 'probe';
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures++;
    this.#openUntilMs = nowMs + edgeLimits.breakerOpenMs;
  }
}
