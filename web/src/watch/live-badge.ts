import { pageLimits } from '#shared/limits/page.ts';
import { clockText } from '../page/duration.ts';

/** The badge in the player's bar: at the edge, or how far behind it. */
export interface LiveBadge {
  readonly behind: boolean;
  /** `LIVE`, or `−12 s`. */
  readonly text: string;
  /** The same for a screen reader. */
  readonly label: string;
}

/**
 * Behind means further from the edge than the engine aims for and 3 s more. An unknown distance counts as live.
 * @param latencySeconds distance to the live edge
 * @param targetSeconds distance that the engine aims for
 */
export function liveBadge(latencySeconds: number | null, targetSeconds: number | null): LiveBadge {
  const threshold = (targetSeconds ?? 0) + pageLimits.behindMsMin / 1_000;
  if (latencySeconds === null || latencySeconds <= threshold) {
    return { behind: false, text: 'LIVE', label: 'Live' };
  }
  const distance = clockText(latencySeconds);
  return { behind: true, text: `−${distance}`, label: `${distance} behind live` };
}
