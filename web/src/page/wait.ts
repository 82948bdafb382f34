/**
 * Wait before the nth attempt, ms: doubled each time, capped, between half and all of it.
 * @param attempt 1 for the first retry
 * @param random 0 to 1
 */
export function backoffMs(attempt: number, firstMs: number, capMs: number, random: number): number {
  const full = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 16));
  return Math.round(full * (0.5 + random / 2));
}

/** 80 to 120 % of a wait, so that viewers who came together do not ask together. */
export function spread(waitMs: number, random: number): number {
  return Math.round(waitMs * (0.8 + 0.4 * random));
}
