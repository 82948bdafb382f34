import { type ShownReplayState, shownReplayStates } from '#shared/model/replay-status.ts';
import { accessScreens } from '../player/access-refusals.ts';
import type { Screen } from '../player/screen.ts';
import type { PageState, ReplayPage } from './state.ts';

const retry = { kind: 'retry', label: 'Try again now' } as const;
const home = { kind: 'link', label: 'See what is live', href: '/' } as const;

const screens: Readonly<Record<Exclude<PageState, ShownReplayState>, Screen>> = {
  loading: { icon: 'spinner', headline: 'Loading', sentence: 'The picture is on its way.', action: null },
  'not-found': {
    icon: 'not-found',
    headline: 'There is nothing here',
    sentence: 'Please check the link: it may be cut off, or name a part that was never broadcast.',
    action: home,
  },
  gone: {
    icon: 'gone',
    headline: 'This is not kept any more',
    sentence: 'It was deleted, or the time for which the streamer keeps replays is over.',
    action: home,
  },
  private: {
    icon: 'private',
    headline: 'This is private',
    sentence: 'It takes a link from the streamer to watch. Once you may watch, this page goes on by itself.',
    action: retry,
  },
  ...accessScreens,
  'offline-you': {
    icon: 'offline',
    headline: 'You are offline',
    sentence: 'Your device has no connection. Playing goes on where it was when it is back.',
    action: retry,
  },
  unsupported: {
    icon: 'unsupported',
    headline: 'This browser cannot play it',
    sentence: 'Please use a current version of Chrome, Edge, Firefox or Safari.',
    action: home,
  },
  error: {
    icon: 'error',
    headline: 'The picture does not come through',
    sentence: 'Something failed on the way to you. This page keeps trying by itself.',
    action: retry,
  },
};

function isPictured(state: PageState): state is ShownReplayState {
  return shownReplayStates.some((one) => one === state);
}

/** The words for a state; null while the picture itself is the page. */
export function screenFor(state: PageState): Screen | null {
  return isPictured(state) ? null : screens[state];
}

/** A line below the picture; null when there is nothing to add. */
export function noticeFor(state: ShownReplayState): string | null {
  if (state === 'recording') return 'This broadcast is still live: you see it from its beginning.';
  if (state === 'uploading') return 'The end of this replay is still being stored.';
  if (state === 'partial') return 'Moments of this broadcast were lost before they could be stored.';
  return null;
}

/** What a screen reader is told when the state changes; null for states that pass by. */
export function announcementFor(state: PageState): string | null {
  if (state === 'loading') return null;
  if (isPictured(state)) return noticeFor(state) ?? 'Ready to play.';
  const { headline, sentence } = screens[state];
  return `${headline}. ${sentence}`;
}

/**
 * The line below the sentence that changes by the second, or null.
 * @param retryInMs time until the player's next attempt
 */
export function countdownText(state: PageState, page: ReplayPage, retryInMs: number | null): string | null {
  if (state !== 'error') return null;
  const code = page.failureCode ? ` (${page.failureCode})` : '';
  if (retryInMs === null || retryInMs <= 0) return `Trying again now${code}`;
  return `Trying again in ${Math.ceil(retryInMs / 1_000)} s${code}`;
}
