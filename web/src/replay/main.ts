import { byId } from '../page/element.ts';
import { startTheme } from '../page/theme.ts';
import { createClipPanel } from '../player/clip-panel.ts';
import { carryOut } from '../player/controls.ts';
import { downloadPath } from '../player/download.ts';
import { fetchClock } from '../player/fetch-clock.ts';
import { keptSession } from '../player/kept-session.ts';
import { startKeyboard } from '../player/keyboard.ts';
import { startShare } from '../player/share.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { createAbout } from './about.ts';
import { addressOf, pathOf, wishOf } from './address.ts';
import { createItemPage } from './item-page.ts';
import { screenFor } from './screens.ts';

const address = addressOf(location.pathname, location.search);
const kept = keptSession(location.pathname);
const access = address && createViewerAccess(wishOf(address), takeToken(location, history) ?? kept.read(), kept.write);

const page = createItemPage({
  address,
  access,
  beginsMuted: false,
  statsButton: byId('stats-button', HTMLButtonElement),
  onRender(state, item) {
    clip.offer(screenFor(state) === null);
    about.show(state, item);
  },
});
const about = createAbout(address, access, page.positionS);
const clip = createClipPanel({
  video: page.video,
  broadcast: () => page.item()?.broadcast ?? null,
  async clock() {
    const item = page.item();
    const known = page.player.engine()?.clock() ?? [];
    // A static MPD has no clock; its media time zero is that of the playlists.
    if (known.length > 0 || !item || item.state === 'recording') return known;
    const clock = await fetchClock(item.hls);
    return 'status' in clock ? [] : clock;
  },
  limit: page.limit,
  file: (broadcast) => access?.media(downloadPath(broadcast)) ?? null,
});

page.start();
startTheme();
startShare(
  () => page.item()?.title ?? document.title,
  () => (address ? location.origin + pathOf(address, 0) : location.href),
);
const help = byId('help', HTMLDialogElement);
byId('help-button', HTMLButtonElement).addEventListener('click', () => help.showModal());
startKeyboard((command) =>
  carryOut(command, { ...page.controlled, toggleClip: clip.toggle, showHelp: () => help.showModal() }),
);
