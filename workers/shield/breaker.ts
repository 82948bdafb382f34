import { edgeLimits } from '#shared/limits/edge.ts';

/**
 * Health of one upstream host: `closed` lets everything through, `open` nothing until its moment has come, `half-open` a
 * request now and then to find out.
 */
export type Breaker =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'half-open'; readonly sinceMs: number };

export const closedBreaker: Breaker = Object.freeze({ kind: 'closed', failures: 0 });

/** The state in which a request may go out, or null when it must not. */
export function admit(breaker: Breaker, nowMs: number): Breaker | null {
  if (breaker.kind === 'closed') return breaker;
  const isDue =
    breaker.kind === 'open' ? nowMs >= breaker.untilMs : nowMs - breaker.sinceMs >= edgeLimits.breakerProbeMsMax; // the last one may be held for seconds
  return isDue ? { kind: 'half-open', sinceMs: nowMs } : null;
}

/** The state after an answer (`true`, whatever it said) or a failure to answer. */
export function settle(breaker: Breaker, answered: boolean, nowMs: number): Breaker {
  if (answered) return closedBreaker;
  if (breaker.kind === 'open') return breaker;
  const failures = breaker.kind === 'closed' ? breaker.failures + 1 : edgeLimits.breakerFailures;
  if (failures < edgeLimits.breakerFailures) return { kind: 'closed', failures };
  return { kind: 'open', untilMs: nowMs + edgeLimits.breakerOpenMs };
}
