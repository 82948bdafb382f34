import { byId } from '../page/element.ts';
import { siteAround } from '../page/site-around.ts';
import { carryOut } from '../player/controls.ts';
import { startKeyboard } from '../player/keyboard.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { channelOf } from './channel.ts';
import { createChannelPage } from './channel-page.ts';

const channel = channelOf(location.pathname);
const token = takeToken(location, history);
const embeddedOn = siteAround(window);
const wish = channel && { channel, ...(embeddedOn && { embeddedOn }) };
const access = wish ? createViewerAccess(wish, token) : null;

// Our other pages show themselves in no frame.
Object.assign(byId('screen-link', HTMLAnchorElement), { target: '_blank', rel: 'noopener noreferrer' });
// With what its reader came with: a session that began in here is for this place alone.
const watchPath = channel ? `/watch/${channel}${token === null ? '' : `#token=${token}`}` : '/';
byId('open-watch', HTMLAnchorElement).href = watchPath;

const page = createChannelPage({ channel, access, beginsMuted: true, statsButton: null, onRender() {} });
page.start();
startKeyboard((command) => carryOut(command, { ...page.controlled, toggleClip() {}, showHelp() {} }));
