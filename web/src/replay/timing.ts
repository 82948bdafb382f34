import { pageLimits } from '#shared/limits/page.ts';
import { backoffMs, spread } from '../page/wait.ts';
import { isFinalRefusal } from '../player/access-refusals.ts';
import { pageStateOf, type ReplayPage } from './state.ts';

/**
 * Time until the next look at the view, ms: soon while it changes by itself, seldom once it is what it stays.
 * @param random 0 to 1
 */
export function nextViewMs(page: ReplayPage, hidden: boolean, random: number): number {
  if (page.viewFailures > 0) {
    return backoffMs(page.viewFailures, pageLimits.viewPollMs, pageLimits.viewRetryMsMax, random);
  }
  const state = pageStateOf(page);
  const isSettled = state === 'ready' || state === 'partial';
  if ((page.item?.state === state && isSettled) || isFinalRefusal(state))
    return spread(pageLimits.viewPollSettledMs, random);
  if (hidden || page.refusal || state === 'unsupported') return spread(pageLimits.viewPollSlowMs, random);
  return spread(pageLimits.viewPollHealthyMs, random);
}
