import { pageLimits } from '#shared/limits/page.ts';
import { backoffMs } from '../page/wait.ts';

/** The page's only retry of media: each attempt waits longer, up to a cap. */
export interface MediaRetry {
  /** Runs the attempt after the next wait. */
  later(): void;
  cancel(): void;
  /** All is well again: the next wait is the shortest. */
  forgive(): void;
  /** When the attempt is due, ms of performance.now(); null when none is. */
  readonly atMs: number | null;
}

/** A retry of one task. */
export function createMediaRetry(attempt: () => void): MediaRetry {
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let atMs: number | null = null;
  const cancel = () => {
    clearTimeout(timer);
    atMs = null;
  };
  return {
    later() {
      cancel();
      attempts++;
      const waitMs = backoffMs(attempts, pageLimits.mediaRetryMsMin, pageLimits.mediaRetryMsMax, Math.random());
      atMs = performance.now() + waitMs;
      timer = setTimeout(attempt, waitMs);
    },
    cancel,
    forgive() {
      attempts = 0;
    },
    get atMs() {
      return atMs;
    },
  };
}
