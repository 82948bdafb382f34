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
import { loadEngineFactory, type Protocol, protocolOf } from './choose-engine.ts';
import type { Controlled } from './controls.ts';
import type { Playback, PlayerEvent } from './playback.ts';
import { createPlayer, type Player } from './player.ts';
import { createQualityMenu } from './quality-menu.ts';
import type { Scene } from './screen.ts';
import { createSound } from './sound.ts';
import { createStage } from './stage.ts';
import { measure, type Sample } from './stats.ts';
import { createStatsPanel } from './stats-panel.ts';
import type { ViewerAccess } from './viewer-access.ts';
import { exposeWindow } from './window-api.ts';

/** What every page with a player hears of it and of the device. */
export type StageEvent =
  | PlayerEvent
  | { readonly type: 'refused'; readonly reason: 'too-many-screens' }
  | { readonly type: 'connectivity'; readonly online: boolean };

/** What a page brings along for its stage, whoever decides what is shown there. */
export interface StageOptions {
  readonly access: ViewerAccess | null;
  /** Without sound until a person wants it. */
  readonly beginsMuted: boolean;
  /** Opens the statistics beside its key. */
  readonly statsButton: HTMLButtonElement | null;
}

/** What the stage asks of its page, and tells it. */
interface StagePage extends StageOptions {
  state(): string;
  playback(): Playback;
  /** Of what is shown, for the statistics. */
  shown(): Pick<Sample, 'pop' | 'broadcast'>;
  dispatch(event: StageEvent): void;
  /** After the page was told that the device is online, or is not any more. */
  onConnectivity(online: boolean): void;
  /** Asks what is to be shown. */
  look(): Promise<void>;
  /** From one look to the next. */
  nextLookMs(): number;
  /** Each second. */
  render(): void;
}

/** Video, player, and what stands over and beside the picture on the stage of a page. */
export interface StagePlayer {
  readonly protocol: Protocol;
  readonly player: Player;
  /** What keys act on, as far as every such page has it. */
  readonly controlled: Omit<Controlled, 'toggleClip' | 'showHelp'>;
  /** Shows what the page's state asks for. */
  show(scene: Scene): void;
  /** Quality and statistics as they are now. */
  follow(): void;
  /** Time until the next attempt to play, ms; null when none is due. */
  retryInMs(): number | null;
  lookNow(): void;
  /** Begins to look and to play; once. */
  start(): void;
}

/** The player on the stage of the page (`parts/stage.html`, `parts/replay-stage.html`). */
export function createStagePlayer(video: HTMLVideoElement, page: StagePage): StagePlayer {
  const { access } = page;
  const protocol = protocolOf(location.search);
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
  const sound = createSound(video, page.beginsMuted);
  const quality = createQualityMenu();
  const pause = () => dispatch({ type: 'playback', playback: 'paused' });
  const player = createPlayer(video, protocol, () => access?.renewal() ?? null, {
    dispatch,
    onReady() {
      if (heldPaused) pause();
      else void sound.start(pause);
    },
    onLevels: () => quality.update(player.engine(), video.videoHeight),
  });
  const stats = createStatsPanel(page.statsButton, () =>
    measure(video, player.engine(), {
      ...page.shown(),
      stalls: player.stalls(),
      lastError: player.errors.at(-1) ?? player.warnings.at(-1) ?? null,
    }),
  );

  function dispatch(event: PlayerEvent): void {
    const isTooMany = event.type === 'media-failed' && access?.renewal() && /\.429$/.test(event.code);
    if (isTooMany) access?.lose();
    if (event.type === 'media-failed') heldPaused ||= page.playback() === 'paused';
    page.dispatch(isTooMany ? { type: 'refused', reason: 'too-many-screens' } : event);
    if (page.playback() === 'playing') heldPaused = false;
  }

  exposeWindow({
    video,
    state: page.state,
    engine: player.engine,
    stalls: player.stalls,
    errors: () => player.errors,
    warnings: () => player.warnings,
  });

  return {
    protocol,
    player,
    controlled: {
      video,
      engine: player.engine,
      toggleFullscreen: () => byId('fullscreen', HTMLElement).click(),
      toggleCaptions: () => byId('captions', HTMLElement).click(),
      toggleStats: stats.toggle,
    },
    show: stage.show,
    follow() {
      quality.update(player.engine(), video.videoHeight);
      stats.tick();
    },
    retryInMs() {
      const atMs = player.retryAtMs();
      return atMs === null ? null : atMs - performance.now();
    },
    lookNow: () => looking.now(),
    start() {
      looking = repeat(page.look, page.nextLookMs);
      for (const type of ['online', 'offline'] as const) {
        addEventListener(type, () => {
          page.dispatch({ type: 'connectivity', online: navigator.onLine });
          page.onConnectivity(type === 'online');
          looking.now();
        });
      }
      setInterval(page.render, 1_000);
    },
  };
}
