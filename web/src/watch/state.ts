import { pageLimits } from '#shared/limits/page.ts';
import type { WatchView } from '#shared/model/view.ts';
import { type AccessRefusal, accessRefusals } from '../player/access-refusals.ts';
import type { Playback, PlayerEvent } from '../player/playback.ts';

/** What the page shows; each has words and a way out in screens.ts. */
export const pageStates = [
  'loading',
  'waiting',
  'starting',
  'live',
  'interrupted',
  'ended',
  'not-found',
  ...accessRefusals,
  'offline-you',
  'unsupported',
  'error',
] as const;
export type PageState = (typeof pageStates)[number];

/** Why a viewer is shown nothing. */
export type Refusal = 'not-found' | AccessRefusal;

/** Everything that the page knows; changed by {@link reduce} only. */
export interface WatchState {
  readonly view: WatchView | null;
  /** The PoP's clock minus ours, ms. */
  readonly clockSkewMs: number;
  /** The last view was refused: the channel is unknown or not for us. */
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
  /** Broadcast that the player was given last. */
  readonly mounted: string | null;
  /** Its manifest has listed nothing new for longer than it may take. */
  readonly edgeIsStill: boolean;
}

export type WatchEvent =
  | { readonly type: 'view'; readonly view: WatchView; readonly receivedMs: number }
  | { readonly type: 'refused'; readonly reason: Refusal }
  | { readonly type: 'unreachable'; readonly code: string }
  | { readonly type: 'connectivity'; readonly online: boolean }
  | PlayerEvent;

/** Before anything is known. */
export const initialState: WatchState = Object.freeze({
  view: null,
  clockSkewMs: 0,
  refusal: null,
  viewFailures: 0,
  mediaFailures: 0,
  failureCode: null,
  online: true,
  supported: true,
  playback: 'none',
  mounted: null,
  edgeIsStill: false,
});

/** The next state; pure. */
export function reduce(state: WatchState, event: WatchEvent): WatchState {
  switch (event.type) {
    case 'view':
      return {
        ...state,
        view: event.view,
        clockSkewMs: event.view.nowMs - event.receivedMs,
        refusal: null,
        viewFailures: 0,
        failureCode: state.mediaFailures > 0 ? state.failureCode : null,
      };
    case 'refused':
      return { ...state, refusal: event.reason, viewFailures: 0 };
    case 'unreachable':
      return { ...state, viewFailures: state.viewFailures + 1, failureCode: event.code };
    case 'connectivity':
      return connect(state, event.online);
    case 'unsupported':
      return { ...state, supported: false };
    case 'mounted':
      return mount(state, event.broadcast);
    case 'playback':
      return play(state, event.playback);
    case 'edge':
      // What failed while nothing came says nothing about a player that has something to play again.
      return { ...state, edgeIsStill: event.isStill, mediaFailures: event.isStill ? state.mediaFailures : 0 };
    case 'media-failed':
      return { ...state, playback: 'failed', mediaFailures: state.mediaFailures + 1, failureCode: event.code };
  }
}

/** What failed without a network says nothing about the way that is there again. */
function connect(state: WatchState, online: boolean): WatchState {
  return online && !state.online ? { ...state, online, viewFailures: 0, mediaFailures: 0 } : { ...state, online };
}

function mount(state: WatchState, broadcast: string | null): WatchState {
  if (broadcast === null) return { ...state, playback: state.playback === 'finished' ? 'finished' : 'none' };
  const again = broadcast === state.mounted;
  return { ...state, mounted: broadcast, playback: 'loading', mediaFailures: again ? state.mediaFailures : 0 };
}

function play(state: WatchState, playback: Playback): WatchState {
  const moves = playback === 'playing';
  return { ...state, playback, mediaFailures: moves ? 0 : state.mediaFailures };
}

/** What to show. A picture that moves is shown whatever the control plane says, unless we may not show it. */
export function pageStateOf(state: WatchState): PageState {
  if (!state.supported) return 'unsupported';
  if (state.refusal) return state.refusal;
  if (state.playback === 'playing') return 'live';
  if (!state.online && (state.viewFailures > 0 || state.edgeIsStill)) return 'offline-you';
  if (state.viewFailures >= pageLimits.viewFailuresMin) return 'error';
  if (!state.view) return 'loading';
  return state.view.state === 'live' ? whileLive(state, state.view.broadcast) : state.view.state;
}

/** Nothing that is wrong with a player explains a live edge that stands still, so that is told first. */
function whileLive(state: WatchState, broadcast: string | null): PageState {
  const isWaiting = state.playback !== 'paused' && state.playback !== 'finished';
  if (state.edgeIsStill && isWaiting && state.mounted === broadcast) return 'interrupted';
  if (state.mediaFailures >= pageLimits.mediaFailuresMin) return 'error';
  if (state.mounted !== broadcast) return 'loading';
  if (state.playback === 'finished') return 'ended';
  return state.playback === 'stalled' || state.playback === 'paused' ? 'live' : 'loading';
}

/** The broadcast that the player should hold now, or null when it should hold none. */
export function wantedBroadcast(state: WatchState): string | null {
  const { view, playback, mounted } = state;
  if (!state.supported || state.refusal || !view) return null;
  if (view.state === 'live') return playback === 'finished' && mounted === view.broadcast ? null : view.broadcast;
  const playsOut = playback === 'playing' || playback === 'paused';
  const mayResume = view.state === 'interrupted' && (playback === 'stalled' || playback === 'loading');
  return playsOut || mayResume ? mounted : null;
}
