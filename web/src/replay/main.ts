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
import { repeat } from '../page/repeat.ts';
import { startTheme } from '../page/theme.ts';
import { loadEngineFactory, protocolOf } from '../player/choose-engine.ts';
import { createClipPanel } from '../player/clip-panel.ts';
import { carryOut } from '../player/controls.ts';
import { downloadPath } from '../player/download.ts';
import { fetchClock } from '../player/fetch-clock.ts';
import { startKeyboard } from '../player/keyboard.ts';
import type { MediaRange } from '../player/media-range.ts';
import { createPlayer, type Wanted } from '../player/player.ts';
import { createQualityMenu } from '../player/quality-menu.ts';
import { createScrubber } from '../player/scrubber.ts';
import { startShare } from '../player/share.ts';
import { createSound } from '../player/sound.ts';
import { createSpeedMenu } from '../player/speed-menu.ts';
import { createStage } from '../player/stage.ts';
import { measure } from '../player/stats.ts';
import { createStatsPanel } from '../player/stats-panel.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { exposeWindow } from '../player/window-api.ts';
import { createAbout } from './about.ts';
import { addressOf, pathOf, wishOf } from './address.ts';
import { createPlace } from './place.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import { initialPage, pageStateOf, type ReplayEvent, reduce, wantedItem } from './state.ts';
import { nextViewMs } from './timing.ts';
import { lookAt } from './view-source.ts';

const address = addressOf(location.pathname, location.search);
const access = address && createViewerAccess(wishOf(address), takeToken(location, history));
const protocol = protocolOf(location.search);
const video = byId('video', HTMLVideoElement);
let page = { ...initialPage, online: navigator.onLine };
/** A person paused before the media failed: the next engine waits for them. */
let heldPaused = false;

// The engine's script comes down while the view is asked for; a failure is met again, and handled, by the player.
void loadEngineFactory(protocol, video).catch(() => undefined);

const stage = createStage(() => {
  access?.again();
  player.retryNow();
  looking.now();
});
const sound = createSound(video);
const quality = createQualityMenu();
const speed = createSpeedMenu(video);
const scrubber = createScrubber(video);
const place = createPlace(video, scrubber, address?.fromS ?? 0);
const about = createAbout(address, access, () => place.positionS());
const player = createPlayer(video, protocol, () => access?.renewal() ?? null, {
  dispatch,
  onReady() {
    if (heldPaused) dispatch({ type: 'playback', playback: 'paused' });
    else void sound.start(() => dispatch({ type: 'playback', playback: 'paused' }));
  },
  onLevels: () => quality.update(player.engine(), video.videoHeight),
});
const stats = createStatsPanel(byId('stats-button', HTMLButtonElement), () =>
  measure(video, player.engine(), {
    stalls: player.stalls(),
    pop: page.item?.pop ?? null,
    broadcast: page.item?.broadcast ?? null,
    lastError: player.errors.at(-1) ?? player.warnings.at(-1) ?? null,
  }),
);
const clip = createClipPanel({
  video,
  broadcast: () => page.item?.broadcast ?? null,
  async clock() {
    const { item } = page;
    const known = player.engine()?.clock() ?? [];
    // A static MPD has no clock; its media time zero is that of the playlists.
    if (known.length > 0 || !item || item.state === 'recording') return known;
    const clock = await fetchClock(item.hls);
    return 'status' in clock ? [] : clock;
  },
  limit,
  file: (broadcast) => access?.media(downloadPath(broadcast)) ?? null,
});

const looking = repeat(
  async () => dispatch(address && access ? await lookAt(address, access) : { type: 'refused', reason: 'not-found' }),
  () => nextViewMs(page, document.hidden, Math.random()),
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

function wantedOf({ broadcast, hls, dash }: NonNullable<typeof page.item>): Wanted {
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
  clip.offer(screenFor(state) === null);
  about.show(state, page.item);
  quality.update(player.engine(), video.videoHeight);
  stats.tick();
}

startTheme();
startShare(
  () => page.item?.title ?? document.title,
  () => (address ? location.origin + pathOf(address, 0) : location.href),
);
exposeWindow({
  video,
  state: () => pageStateOf(page),
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
    turnSpeed: speed.turn,
    limit,
    showHelp: () => help.showModal(),
  }),
);
for (const type of ['online', 'offline'] as const) {
  addEventListener(type, () => {
    dispatch({ type: 'connectivity', online: navigator.onLine });
    player.retryNow();
    looking.now();
  });
}
setInterval(render, 1_000);
