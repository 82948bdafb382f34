import { pageLimits } from '#shared/limits/page.ts';
import { backoffMs, spread } from '../page/wait.ts';
import { isFinalRefusal } from '../player/access-refusals.ts';
import { pageStateOf, type WatchState } from './state.ts';

/**
 * Time until the next look at the view, ms: 2 s while something may change, slower when all is well or nothing can.
 * @param random 0 to 1
 */
export function nextViewMs(state: WatchState, hidden: boolean, random: number): number {
  if (state.viewFailures > 0) {
    return backoffMs(state.viewFailures, pageLimits.viewPollMs, pageLimits.viewRetryMsMax, random);
  }
  const page = pageStateOf(state);
  if (isFinalRefusal(page)) return spread(pageLimits.viewPollSettledMs, random);
  const slow = hidden || state.refusal !== null || page === 'unsupported';
  if (slow) return spread(pageLimits.viewPollSlowMs, random);
  const healthy = page === 'live' && state.playback === 'playing' && state.view?.state === 'live';
  return spread(healthy ? pageLimits.viewPollHealthyMs : pageLimits.viewPollMs, random);
}
