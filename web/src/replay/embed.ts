import { byId, setText } from '../page/element.ts';
import { siteAround } from '../page/site-around.ts';
import { carryOut } from '../player/controls.ts';
import { startKeyboard } from '../player/keyboard.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { addressOf, pathOf, titleOf, wishOf } from './address.ts';
import { createItemPage } from './item-page.ts';
import { isRefusal } from './state.ts';

const address = addressOf(location.pathname, location.search);
const token = takeToken(location, history);
const embeddedOn = siteAround(window);
const access = address && createViewerAccess({ ...wishOf(address), ...(embeddedOn && { embeddedOn }) }, token);

// Our other pages show themselves in no frame.
Object.assign(byId('screen-link', HTMLAnchorElement), { target: '_blank', rel: 'noopener noreferrer' });
// With what its reader came with: a session that began in here is for this place alone.
const itsPage = address ? `${pathOf(address, 0)}${token === null ? '' : `#token=${token}`}` : '/';
byId('open-watch', HTMLAnchorElement).href = itsPage;

const page = createItemPage({
  address,
  access,
  beginsMuted: true,
  statsButton: null,
  onRender(state, item) {
    const shown = isRefusal(state) ? null : item;
    setText(byId('title', HTMLElement), titleOf(address, shown));
    document.title = shown ? `${shown.title} · Headwater` : 'Headwater';
  },
});
page.start();
startKeyboard((command) => carryOut(command, { ...page.controlled, toggleClip() {}, showHelp() {} }));
