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
import { repeat } from '../page/repeat.ts';
import { startTheme } from '../page/theme.ts';
import { loadEngineFactory, protocolOf } from '../player/choose-engine.ts';
import { createClipPanel } from '../player/clip-panel.ts';
import { carryOut, goLive } from '../player/controls.ts';
import { downloadPath } from '../player/download.ts';
import { startKeyboard } from '../player/keyboard.ts';
import { createPlayer, type Wanted } from '../player/player.ts';
import { createQualityMenu } from '../player/quality-menu.ts';
import { startShare } from '../player/share.ts';
import { createSound } from '../player/sound.ts';
import { createStage } from '../player/stage.ts';
import { measure } from '../player/stats.ts';
import { createStatsPanel } from '../player/stats-panel.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { exposeWindow } from '../player/window-api.ts';
import { channelOf } from './channel.ts';
import { factsLine } from './facts-line.ts';
import { createLiveControl } from './live-control.ts';
import { startReplays } from './replays.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import { initialState, pageStateOf, reduce, type WatchEvent, wantedBroadcast } from './state.ts';
import { nextViewMs } from './timing.ts';
import { lookAtChannel } from './view-source.ts';

const channel = channelOf(location.pathname);
const protocol = protocolOf(location.search);
const video = byId('video', HTMLVideoElement);
let state = { ...initialState, online: navigator.onLine };
/** A person paused before the media failed: the next engine waits for them. */
let heldPaused = false;

// The engine's script comes down while the first view is asked for; a failure is met again, and handled, by the player.
void loadEngineFactory(protocol, video).catch(() => undefined);

const stage = createStage(() => {
  access?.again();
  player.retryNow();
  looking.now();
});
const sound = createSound(video);
const quality = createQualityMenu();
const access = channel ? createViewerAccess({ channel }, takeToken(location, history)) : null;
const player = createPlayer(video, protocol, () => access?.renewal() ?? null, {
  dispatch,
  onReady() {
    if (heldPaused) dispatch({ type: 'playback', playback: 'paused' });
    else void sound.start(() => dispatch({ type: 'playback', playback: 'paused' }));
  },
  onLevels: () => quality.update(player.engine(), video.videoHeight),
});
const live = createLiveControl(() => goLive({ video, engine: player.engine }));
const stats = createStatsPanel(() =>
  measure(video, player.engine(), {
    stalls: player.stalls(),
    pop: state.view?.pop ?? null,
    broadcast: state.mounted,
    lastError: player.errors.at(-1) ?? player.warnings.at(-1) ?? null,
  }),
);

const clip = createClipPanel({
  video,
  broadcast: () => state.mounted,
  clock: async () => player.engine()?.clock() ?? [],
  limit: () => null,
  file: (broadcast) => access?.media(downloadPath(broadcast)) ?? null,
});
const replays = channel && access ? startReplays(channel, access, endedBroadcast, render) : null;

const looking = repeat(
  async () =>
    dispatch(channel && access ? await lookAtChannel(channel, access) : { type: 'refused', reason: 'not-found' }),
  () => nextViewMs(state, document.hidden, Math.random()),
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
  if (pageStateOf(before) !== 'ended' && endedBroadcast() !== null) replays?.now();
  render();
}

function wanted(): Wanted | null {
  const broadcast = wantedBroadcast(state);
  const { view } = state;
  if (!broadcast || !view) return null;
  return { broadcast, url: protocol === 'dash' ? view.dash : view.hls, flowing: view.state === 'live' };
}

/** The broadcast that is over, whose replay can be offered. */
function endedBroadcast(): string | null {
  return pageStateOf(state) === 'ended' ? (state.view?.broadcast ?? null) : null;
}

function render(): void {
  const retryAtMs = player.retryAtMs();
  const retryInMs = retryAtMs === null ? null : retryAtMs - performance.now();
  const page = pageStateOf(state);
  const ended = endedBroadcast();
  stage.show({
    state: page,
    screen: screenFor(page, access && replays?.has(ended) ? access.page(`/replay/${ended}`) : null),
    announcement: announcementFor(page),
    countdown: countdownText(page, state, Date.now(), retryInMs),
  });
  clip.offer(page === 'live');
  live.update(player.engine(), page === 'live');
  quality.update(player.engine(), video.videoHeight);
  stats.tick();
  const title = state.refusal ? '' : (state.view?.title ?? '');
  setText(byId('title', HTMLElement), title || (channel ?? ''));
  setText(byId('facts', HTMLElement), factsLine(state, Date.now()));
  document.title = title ? `${title} · Headwater` : 'Headwater';
}

startTheme();
startShare(() => state.view?.title ?? document.title);
exposeWindow({
  video,
  state: () => pageStateOf(state),
  engine: player.engine,
  stalls: player.stalls,
  errors: () => player.errors,
  warnings: () => player.warnings,
});

const help = byId('help', HTMLDialogElement);
byId('help-button', HTMLButtonElement).addEventListener('click', () => help.showModal());
startKeyboard((command) =>
  carryOut(command, {
    video,
    engine: player.engine,
    toggleFullscreen: () => byId('fullscreen', HTMLElement).click(),
    toggleCaptions: () => byId('captions', HTMLElement).click(),
    toggleStats: stats.toggle,
    toggleClip: clip.toggle,
    showHelp: () => help.showModal(),
  }),
);
for (const type of ['online', 'offline'] as const) {
  addEventListener(type, () => {
    dispatch({ type: 'connectivity', online: navigator.onLine });
    if (type === 'online') player.retryNow();
    looking.now();
  });
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) looking.now();
});
setInterval(render, 1_000);
