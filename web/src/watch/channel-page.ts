import 'media-chrome/dist/media-time-range.js';
import { byId, setText } from '../page/element.ts';
import { goLive } from '../player/controls.ts';
import type { Player, Wanted } from '../player/player.ts';
import { createStagePlayer, type StageOptions, type StagePlayer } from '../player/stage-player.ts';
import { createLiveControl } from './live-control.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import {
  initialState,
  type PageState,
  pageStateOf,
  reduce,
  type WatchEvent,
  type WatchState,
  wantedBroadcast,
} from './state.ts';
import { nextViewMs } from './timing.ts';
import { lookAtChannel } from './view-source.ts';

/** What a page that plays a channel brings along. */
export interface ChannelPageOptions extends StageOptions {
  /** Null: the address names none. */
  readonly channel: string | null;
  /** Path of the replay of a broadcast that has ended, once there is one. */
  replayPath?(broadcast: string): string | null;
  /** After each change of the state. */
  onChange?(before: PageState, now: PageState): void;
  /** After what all such pages show was shown: after each change, and each second. */
  onRender(): void;
}

/** A channel on the stage of the page: what is known of it, the player, and the words over it. */
export interface ChannelPage {
  readonly video: HTMLVideoElement;
  readonly player: Player;
  readonly controlled: StagePlayer['controlled'];
  state(): WatchState;
  /** The broadcast that is over, whose replay can be offered. */
  ended(): string | null;
  /** Draws again. */
  render(): void;
  /** Begins to look and to play; once. */
  start(): void;
}

/** The channel on a page with `parts/stage.html`. */
export function createChannelPage(options: ChannelPageOptions): ChannelPage {
  const { channel, access } = options;
  const video = byId('video', HTMLVideoElement);
  let state: WatchState = { ...initialState, online: navigator.onLine };
  const stage = createStagePlayer(video, {
    ...options,
    state: () => pageStateOf(state),
    playback: () => state.playback,
    shown: () => ({ pop: state.view?.pop ?? null, broadcast: state.mounted }),
    dispatch,
    onConnectivity: (online) => online && player.wayIsBack(),
    look: async () =>
      dispatch(channel && access ? await lookAtChannel(channel, access) : { type: 'refused', reason: 'not-found' }),
    nextLookMs: () => nextViewMs(state, document.hidden, Math.random()),
    render,
  });
  const { player } = stage;
  const live = createLiveControl(() => goLive({ video, engine: player.engine }));

  function dispatch(event: WatchEvent): void {
    const before = state;
    state = reduce(state, event);
    player.want(wanted());
    // Trouble with the picture is often news about the broadcast.
    if (before.playback === 'playing' && state.playback !== 'playing' && state.playback !== 'paused') stage.lookNow();
    options.onChange?.(pageStateOf(before), pageStateOf(state));
    render();
  }

  function wanted(): Wanted | null {
    const broadcast = wantedBroadcast(state);
    const { view } = state;
    if (!broadcast || !view) return null;
    return { broadcast, url: stage.protocol === 'dash' ? view.dash : view.hls, flowing: view.state === 'live' };
  }

  const ended = () => (pageStateOf(state) === 'ended' ? (state.view?.broadcast ?? null) : null);

  function render(): void {
    const page = pageStateOf(state);
    const over = ended();
    const replay = over === null ? null : (options.replayPath?.(over) ?? null);
    const circumstances = { replay, isLive: state.view?.state === 'live' };
    stage.show({
      state: page,
      screen: screenFor(page, circumstances),
      announcement: announcementFor(page, circumstances),
      countdown: countdownText(page, state, Date.now(), stage.retryInMs()),
    });
    live.update(player.engine(), page === 'live');
    stage.follow();
    const title = state.refusal ? '' : (state.view?.title ?? '');
    setText(byId('title', HTMLElement), title || (channel ?? ''));
    document.title = title ? `${title} · Headwater` : 'Headwater';
    options.onRender();
  }

  return {
    video,
    player,
    controlled: stage.controlled,
    state: () => state,
    ended,
    render,
    start() {
      stage.start();
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) stage.lookNow();
      });
    },
  };
}
