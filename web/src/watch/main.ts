import { byId, setText } from '../page/element.ts';
import { startTheme } from '../page/theme.ts';
import { createClipPanel } from '../player/clip-panel.ts';
import { carryOut } from '../player/controls.ts';
import { downloadPath } from '../player/download.ts';
import { keptSession } from '../player/kept-session.ts';
import { startKeyboard } from '../player/keyboard.ts';
import { startShare } from '../player/share.ts';
import { createViewerAccess, takeToken } from '../player/viewer-access.ts';
import { channelOf } from './channel.ts';
import { createChannelPage } from './channel-page.ts';
import { factsLine } from './facts-line.ts';
import { startReplays } from './replays.ts';
import { pageStateOf } from './state.ts';

const channel = channelOf(location.pathname);
const kept = keptSession(location.pathname);
const access = channel
  ? createViewerAccess({ channel }, takeToken(location, history) ?? kept.read(), kept.write)
  : null;

const page = createChannelPage({
  channel,
  access,
  beginsMuted: false,
  statsButton: byId('stats-button', HTMLButtonElement),
  replayPath: (broadcast) => (access && replays?.has(broadcast) ? access.page(`/replay/${broadcast}`) : null),
  onChange(before) {
    if (before !== 'ended' && page.ended() !== null) replays?.now();
  },
  onRender() {
    clip.offer(pageStateOf(page.state()) === 'live');
    setText(byId('facts', HTMLElement), factsLine(page.state(), Date.now()));
  },
});
const clip = createClipPanel({
  video: page.video,
  broadcast: () => page.state().mounted,
  clock: async () => page.player.engine()?.clock() ?? [],
  limit: () => null,
  file: (broadcast) => access?.media(downloadPath(broadcast)) ?? null,
});
const replays = channel && access ? startReplays(channel, access, page.ended, page.render) : null;

page.start();
startTheme();
startShare(() => page.state().view?.title ?? document.title);
const help = byId('help', HTMLDialogElement);
byId('help-button', HTMLButtonElement).addEventListener('click', () => help.showModal());
startKeyboard((command) =>
  carryOut(command, { ...page.controlled, toggleClip: clip.toggle, showHelp: () => help.showModal() }),
);
