import { accessScreens } from '../player/access-refusals.ts';
import type { Screen } from '../player/screen.ts';
import type { PageState, WatchState } from './state.ts';

const retry = { kind: 'retry', label: 'Try again now' } as const;
const home = { kind: 'link', label: 'See what is live', href: '/' } as const;

/** What the words of a state depend on besides. */
export interface Circumstances {
  /** Path of the replay of the broadcast that has ended. */
  readonly replay?: string | null;
  /** The streamer is there as far as anybody knows. */
  readonly isLive?: boolean;
}

/** `interrupted` while the streamer is there: what is made does not reach this page. */
const unreached: Screen = {
  icon: 'interrupted',
  headline: 'Back in a moment',
  sentence: 'The stream is live, but nothing new of it arrives here. The picture goes on by itself as soon as it does.',
  action: null,
};

const screens: Readonly<Record<Exclude<PageState, 'live'>, Screen>> = {
  loading: { icon: 'spinner', headline: 'Loading', sentence: 'The picture is on its way.', action: null },
  waiting: {
    icon: 'waiting',
    headline: 'Nobody is live here yet',
    sentence: 'Keep this page open: the picture appears by itself when the stream begins.',
    action: null,
  },
  starting: {
    icon: 'starting',
    headline: 'About to start',
    sentence: 'The streamer has connected. The first picture follows in a few seconds.',
    action: null,
  },
  interrupted: {
    icon: 'interrupted',
    headline: 'Back in a moment',
    sentence: 'The streamer lost the connection. The picture goes on by itself as soon as it is back.',
    action: null,
  },
  ended: {
    icon: 'ended',
    headline: 'This stream has ended',
    sentence: 'Thank you for watching. When the next one begins, it appears here by itself.',
    action: home,
  },
  'not-found': {
    icon: 'not-found',
    headline: 'There is no channel here',
    sentence: 'Please check the link. If the channel is created now, it appears here by itself.',
    action: home,
  },
  private: {
    icon: 'private',
    headline: 'This stream is private',
    sentence: 'It takes a link from the streamer to watch. Once you may watch, this page goes on by itself.',
    action: retry,
  },
  ...accessScreens,
  'offline-you': {
    icon: 'offline',
    headline: 'You are offline',
    sentence: 'Your device has no connection. The picture goes on by itself when it is back.',
    action: retry,
  },
  unsupported: {
    icon: 'unsupported',
    headline: 'This browser cannot play the stream',
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

/** The words for a state; null while the picture itself is the page. */
export function screenFor(page: PageState, { replay, isLive }: Circumstances = {}): Screen | null {
  if (page === 'ended' && replay) {
    return { ...screens.ended, action: { kind: 'link', label: 'Watch the replay', href: replay } };
  }
  if (page === 'interrupted' && isLive) return unreached;
  return page === 'live' ? null : screens[page];
}

/**
 * The line below the sentence that changes by the second, or null.
 * @param nowMs our clock
 * @param retryInMs time until the player's next attempt
 */
export function countdownText(
  page: PageState,
  state: WatchState,
  nowMs: number,
  retryInMs: number | null,
): string | null {
  if (page === 'interrupted') {
    const until = state.view?.interruptedUntilMs;
    if (until == null) return null;
    const seconds = Math.ceil((until - (nowMs + state.clockSkewMs)) / 1_000);
    return seconds > 0 ? `${seconds} s left before the stream ends` : 'The stream ends any moment';
  }
  if (page !== 'error') return null;
  const code = state.failureCode ? ` (${state.failureCode})` : '';
  if (retryInMs === null || retryInMs <= 0) return `Trying again now${code}`;
  return `Trying again in ${Math.ceil(retryInMs / 1_000)} s${code}`;
}

/** What a screen reader is told when the state changes; null for states that pass by. */
export function announcementFor(page: PageState, circumstances: Circumstances = {}): string | null {
  if (page === 'live') return 'The stream is live.';
  const screen = page === 'loading' ? null : screenFor(page, circumstances);
  return screen && `${screen.headline}. ${screen.sentence}`;
}
