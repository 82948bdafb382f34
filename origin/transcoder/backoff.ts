import { transcoderLimits } from '#shared/limits/transcoder.ts';

/**
 * How long to wait before restart number `attempt` (0 is the first), ms: doubling, capped, and spread over the upper
 * half of each step so that encoders which died together do not come back together.
 * @param random01 a random number in [0, 1)
 */
export function restartDelayMs(attempt: number, random01: number): number {
  const { restartBackoffMsMin, restartBackoffMsMax } = transcoderLimits;
  const lower = Math.min(restartBackoffMsMax / 2, restartBackoffMsMin * 2 ** Math.max(0, attempt));
  return Math.round(lower + lower * random01);
}
