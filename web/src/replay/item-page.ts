import 'media-chrome/dist/media-captions-button.js';
import 'media-chrome/dist/media-controller.js';
import 'media-chrome/dist/media-control-bar.js';
import 'media-chrome/dist/media-fullscreen-button.js';
import 'media-chrome/dist/media-loading-indicator.js';
import 'media-chrome/dist/media-mute-button.js';
import 'media-chrome/dist/media-pip-button.js';
import 'media-chrome/dist/media-play-button.js';
import 'media-chrome/dist/media-volume-range.js';
import { byId } from '../page/element.ts';
import { type Repeating, repeat } from '../page/repeat.ts';
import { loadEngineFactory, protocolOf } from '../player/choose-engine.ts';
import type { Controlled } from '../player/controls.ts';
import type { MediaRange } from '../player/media-range.ts';
import { createPlayer, type Player, type Wanted } from '../player/player.ts';
import { createQualityMenu } from '../player/quality-menu.ts';
import { createScrubber } from '../player/scrubber.ts';
import { createSound } from '../player/sound.ts';
import { createSpeedMenu } from '../player/speed-menu.ts';
import { createStage } from '../player/stage.ts';
import { measure } from '../player/stats.ts';
import { createStatsPanel } from '../player/stats-panel.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import { exposeWindow } from '../player/window-api.ts';
import type { Address } from './address.ts';
import type { MediaItem } from './media-item.ts';
import { createPlace } from './place.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import { initialPage, type PageState, pageStateOf, type ReplayEvent, reduce, wantedItem } from './state.ts';
import { nextViewMs } from './timing.ts';
import { lookAt } from './view-source.ts';

/** What a page that plays a replay or a clip brings along. */
export interface ItemPageOptions {
  /** Null: the page's own address names none. */
  readonly address: Address | null;
  readonly access: ViewerAccess | null;
  /** Without sound until a person wants it. */
  readonly beginsMuted: boolean;
  /** Opens the statistics beside its key. */
  readonly statsButton: HTMLButtonElement | null;
  /** After what all such pages show was shown: after each change, and each second. */
  onRender(state: PageState, item: MediaItem | null): void;
}

/** A replay or a clip on the stage of the page: what is known of it, the player, and the words over it. */
export interface ItemPage {
  readonly video: HTMLVideoElement;
  readonly player: Player;
  /** What keys act on, as far as every such page has it. */
  readonly controlled: Omit<Controlled, 'toggleClip' | 'showHelp'>;
  item(): MediaItem | null;
  /** What of the media may be seen; null: all that there is. */
  limit(): MediaRange | null;
  /** Seconds since what is seen begins. */
  positionS(): number;
  /** Begins to look and to play; once. */
  start(): void;
}

/** The replay or the clip on a page with `parts/replay-stage.html`. */
export function createItemPage(options: ItemPageOptions): ItemPage {
  const { address, access } = options;
  const protocol = protocolOf(location.search);
  const video = byId('video', HTMLVideoElement);
  let page = { ...initialPage, online: navigator.onLine };
  /** A person paused before the media failed: the next engine waits for them. */
  let heldPaused = false;
  let looking: Repeating = { now: () => {} };

  // The engine's script comes down while the view is asked for; a failure is met again, and handled, by the player.
  void loadEngineFactory(protocol, video).catch(() => undefined);

  const stage = createStage(() => {
    access?.again();
    player.retryNow();
    looking.now();
  });
  const sound = createSound(video, options.beginsMuted);
  const quality = createQualityMenu();
  const speed = createSpeedMenu(video);
  const scrubber = createScrubber(video);
  const place = createPlace(video, scrubber, address?.fromS ?? 0);
  const player = createPlayer(video, protocol, () => access?.renewal() ?? null, {
    dispatch,
    onReady() {
      if (heldPaused) dispatch({ type: 'playback', playback: 'paused' });
      else void sound.start(() => dispatch({ type: 'playback', playback: 'paused' }));
    },
    onLevels: () => quality.update(player.engine(), video.videoHeight),
  });
  const stats = createStatsPanel(options.statsButton, () =>
    measure(video, player.engine(), {
      stalls: player.stalls(),
      pop: page.item?.pop ?? null,
      broadcast: page.item?.broadcast ?? null,
      lastError: player.errors.at(-1) ?? player.warnings.at(-1) ?? null,
    }),
  );

  function dispatch(event: ReplayEvent): void {
    const before = page;
    const isTooMany = event.type === 'media-failed' && access?.renewal() && /\.429$/.test(event.code);
    if (isTooMany) access?.lose();
    if (event.type === 'media-failed') heldPaused ||= page.playback === 'paused';
    page = reduce(page, isTooMany ? { type: 'refused', reason: 'too-many-screens' } : event);
    if (page.playback === 'playing') heldPaused = false;
    const item = wantedItem(page);
    if (item) place.keepTo(item);
    player.want(item && wantedOf(item));
    // Media that does not come may be refused: the view tells why.
    if (event.type === 'media-failed' && before.mediaFailures === 0) looking.now();
    render();
  }

  function wantedOf({ broadcast, hls, dash }: MediaItem): Wanted {
    return { broadcast, url: protocol === 'dash' ? dash : hls, flowing: true, startS: place.startS };
  }

  function limit(): MediaRange | null {
    return page.item?.state === 'recording' && !page.item.range ? null : scrubber.range();
  }

  function render(): void {
    const retryAtMs = player.retryAtMs();
    const state = pageStateOf(page);
    stage.show({
      state,
      screen: screenFor(state),
      announcement: announcementFor(state),
      countdown: countdownText(state, page, retryAtMs === null ? null : retryAtMs - performance.now()),
    });
    options.onRender(state, page.item);
    quality.update(player.engine(), video.videoHeight);
    stats.tick();
  }

  exposeWindow({
    video,
    state: () => pageStateOf(page),
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
      turnSpeed: speed.turn,
      limit,
    },
    item: () => page.item,
    limit,
    positionS: () => place.positionS(),
    start() {
      looking = repeat(
        async () =>
          dispatch(address && access ? await lookAt(address, access) : { type: 'refused', reason: 'not-found' }),
        () => nextViewMs(page, document.hidden, Math.random()),
      );
      for (const type of ['online', 'offline'] as const) {
        addEventListener(type, () => {
          dispatch({ type: 'connectivity', online: navigator.onLine });
          player.retryNow();
          looking.now();
        });
      }
      setInterval(render, 1_000);
    },
  };
}
