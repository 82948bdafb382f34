import { pageLimits } from '#shared/limits/page.ts';
import { shownReplayStates } from '#shared/model/replay-status.ts';
import { type AccessRefusal, accessRefusals } from '../player/access-refusals.ts';
import type { Playback, PlayerEvent } from '../player/playback.ts';
import type { MediaItem } from './media-item.ts';

/** What the page shows; each has words and a way out in screens.ts. */
export const pageStates = [
  'loading',
  ...shownReplayStates,
  'not-found',
  'gone',
  ...accessRefusals,
  'offline-you',
  'unsupported',
  'error',
] as const;
export type PageState = (typeof pageStates)[number];

/** Why it is not shown to us. */
export type Refusal = 'not-found' | 'gone' | AccessRefusal;

/** Whether a state is one in which nothing may be shown. */
export function isRefusal(state: PageState): state is Refusal {
  return state === 'not-found' || state === 'gone' || accessRefusals.some((refusal) => refusal === state);
}

/** Everything that the page knows; changed by {@link reduce} only. */
export interface ReplayPage {
  readonly item: MediaItem | null;
  readonly refusal: Refusal | null;
  /** Views in a row that failed. */
  readonly viewFailures: number;
  /** Media failures since the picture last moved. */
  readonly mediaFailures: number;
  /** Code of the latest failure, for the person who reports it. */
  readonly failureCode: string | null;
  readonly online: boolean;
  readonly supported: boolean;
  readonly playback: Playback;
}

export type ReplayEvent =
  | { readonly type: 'view'; readonly item: MediaItem }
  | { readonly type: 'refused'; readonly reason: Refusal }
  | { readonly type: 'unreachable'; readonly code: string }
  | { readonly type: 'connectivity'; readonly online: boolean }
  | PlayerEvent;

/** Before anything is known. */
export const initialPage: ReplayPage = Object.freeze({
  item: null,
  refusal: null,
  viewFailures: 0,
  mediaFailures: 0,
  failureCode: null,
  online: true,
  supported: true,
  playback: 'none',
});

/** The next state; pure. */
export function reduce(page: ReplayPage, event: ReplayEvent): ReplayPage {
  switch (event.type) {
    case 'view':
      return { ...page, item: event.item, refusal: null, viewFailures: 0 };
    case 'refused':
      return { ...page, refusal: event.reason, viewFailures: 0 };
    case 'unreachable':
      return { ...page, viewFailures: page.viewFailures + 1, failureCode: event.code };
    case 'connectivity':
      return connect(page, event.online);
    case 'unsupported':
      return { ...page, supported: false };
    case 'mounted':
      return { ...page, playback: event.broadcast === null ? 'none' : 'loading' };
    case 'playback':
      return {
        ...page,
        playback: event.playback,
        mediaFailures: event.playback === 'playing' ? 0 : page.mediaFailures,
      };
    case 'edge':
      return page;
    case 'media-failed':
      return { ...page, playback: 'failed', mediaFailures: page.mediaFailures + 1, failureCode: event.code };
  }
}

/** What failed without a network says nothing about the way that is there again. */
function connect(page: ReplayPage, online: boolean): ReplayPage {
  return online && !page.online ? { ...page, online, viewFailures: 0, mediaFailures: 0 } : { ...page, online };
}

/** What to show. A picture that is there stays, whatever the control plane says, unless we may not show it. */
export function pageStateOf(page: ReplayPage): PageState {
  const { item, refusal, playback, online, mediaFailures, viewFailures } = page;
  if (!page.supported) return 'unsupported';
  if (refusal) return refusal;
  if (item && (playback === 'playing' || playback === 'paused' || playback === 'finished')) return item.state;
  const isWaiting = playback !== 'none' || viewFailures > 0;
  if (!online && isWaiting) return 'offline-you';
  if (mediaFailures >= pageLimits.mediaFailuresMin) return 'error';
  if (!item) return viewFailures >= pageLimits.viewFailuresMin ? 'error' : 'loading';
  return playback === 'stalled' ? item.state : 'loading';
}

/** What the player should hold now, or null when it should hold nothing. */
export function wantedItem({ supported, refusal, item }: ReplayPage): MediaItem | null {
  return supported && !refusal ? item : null;
}
