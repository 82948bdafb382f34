import 'media-chrome/dist/media-captions-button.js';
import 'media-chrome/dist/media-controller.js';
import 'media-chrome/dist/media-control-bar.js';
import 'media-chrome/dist/media-fullscreen-button.js';
import 'media-chrome/dist/media-loading-indicator.js';
import 'media-chrome/dist/media-mute-button.js';
import 'media-chrome/dist/media-pip-button.js';
import 'media-chrome/dist/media-play-button.js';
import 'media-chrome/dist/media-time-range.js';
import 'media-chrome/dist/media-volume-range.js';
import { byId, setText } from '../page/element.ts';
import { type Repeating, repeat } from '../page/repeat.ts';
import { loadEngineFactory, protocolOf } from '../player/choose-engine.ts';
import { type Controlled, goLive } from '../player/controls.ts';
import { createPlayer, type Player, type Wanted } from '../player/player.ts';
import { createQualityMenu } from '../player/quality-menu.ts';
import { createSound } from '../player/sound.ts';
import { createStage } from '../player/stage.ts';
import { measure } from '../player/stats.ts';
import { createStatsPanel } from '../player/stats-panel.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import { exposeWindow } from '../player/window-api.ts';
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
export interface ChannelPageOptions {
  /** Null: the address names none. */
  readonly channel: string | null;
  readonly access: ViewerAccess | null;
  /** Without sound until a person wants it. */
  readonly beginsMuted: boolean;
  /** Opens the statistics beside its key. */
  readonly statsButton: HTMLButtonElement | null;
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
  /** What keys act on, as far as every such page has it. */
  readonly controlled: Omit<Controlled, 'toggleClip' | 'showHelp'>;
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
  const protocol = protocolOf(location.search);
  const video = byId('video', HTMLVideoElement);
  let state: WatchState = { ...initialState, online: navigator.onLine };
  /** A person paused before the media failed: the next engine waits for them. */
  let heldPaused = false;
  let looking: Repeating = { now: () => {} };

  // The engine's script comes down while the first view is asked for; a failure is met again, and handled, by the player.
  void loadEngineFactory(protocol, video).catch(() => undefined);

  const stage = createStage(() => {
    access?.again();
    player.retryNow();
    looking.now();
  });
  const sound = createSound(video, options.beginsMuted);
  const quality = createQualityMenu();
  const player = createPlayer(video, protocol, () => access?.renewal() ?? null, {
    dispatch,
    onReady() {
      if (heldPaused) dispatch({ type: 'playback', playback: 'paused' });
      else void sound.start(() => dispatch({ type: 'playback', playback: 'paused' }));
    },
    onLevels: () => quality.update(player.engine(), video.videoHeight),
  });
  const live = createLiveControl(() => goLive({ video, engine: player.engine }));
  const stats = createStatsPanel(options.statsButton, () =>
    measure(video, player.engine(), {
      stalls: player.stalls(),
      pop: state.view?.pop ?? null,
      broadcast: state.mounted,
      lastError: player.errors.at(-1) ?? player.warnings.at(-1) ?? null,
    }),
  );

  function dispatch(event: WatchEvent): void {
    const before = state;
    const isTooMany = event.type === 'media-failed' && access?.renewal() && /\.429$/.test(event.code);
    if (isTooMany) access?.lose();
    state = reduce(state, isTooMany ? { type: 'refused', reason: 'too-many-screens' } : event);
    if (event.type === 'media-failed') heldPaused ||= before.playback === 'paused';
    if (state.playback === 'playing') heldPaused = false;
    player.want(wanted());
    // Trouble with the picture is often news about the broadcast.
    if (before.playback === 'playing' && state.playback !== 'playing' && state.playback !== 'paused') looking.now();
    options.onChange?.(pageStateOf(before), pageStateOf(state));
    render();
  }

  function wanted(): Wanted | null {
    const broadcast = wantedBroadcast(state);
    const { view } = state;
    if (!broadcast || !view) return null;
    return { broadcast, url: protocol === 'dash' ? view.dash : view.hls, flowing: view.state === 'live' };
  }

  const ended = () => (pageStateOf(state) === 'ended' ? (state.view?.broadcast ?? null) : null);

  function render(): void {
    const retryAtMs = player.retryAtMs();
    const retryInMs = retryAtMs === null ? null : retryAtMs - performance.now();
    const page = pageStateOf(state);
    const over = ended();
    const replay = over === null ? null : (options.replayPath?.(over) ?? null);
    const circumstances = { replay, isLive: state.view?.state === 'live' };
    stage.show({
      state: page,
      screen: screenFor(page, circumstances),
      announcement: announcementFor(page, circumstances),
      countdown: countdownText(page, state, Date.now(), retryInMs),
    });
    live.update(player.engine(), page === 'live');
    quality.update(player.engine(), video.videoHeight);
    stats.tick();
    const title = state.refusal ? '' : (state.view?.title ?? '');
    setText(byId('title', HTMLElement), title || (channel ?? ''));
    document.title = title ? `${title} · Headwater` : 'Headwater';
    options.onRender();
  }

  exposeWindow({
    video,
    state: () => pageStateOf(state),
    engine: player.engine,
    stalls: player.stalls,
    errors: () => player.errors,
    warnings: () => player.warnings,
  });

  return {
    video,
    player,
    controlled: {
      video,
      engine: player.engine,
      toggleFullscreen: () => byId('fullscreen', HTMLElement).click(),
      toggleCaptions: () => byId('captions', HTMLElement).click(),
      toggleStats: stats.toggle,
    },
    state: () => state,
    ended,
    render,
    start() {
      looking = repeat(
        async () =>
          dispatch(channel && access ? await lookAtChannel(channel, access) : { type: 'refused', reason: 'not-found' }),
        () => nextViewMs(state, document.hidden, Math.random()),
      );
      for (const type of ['online', 'offline'] as const) {
        addEventListener(type, () => {
          dispatch({ type: 'connectivity', online: navigator.onLine });
          if (type === 'online') player.wayIsBack();
          looking.now();
        });
      }
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) looking.now();
      });
      setInterval(render, 1_000);
    },
  };
}
