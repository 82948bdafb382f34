import { announce } from '../page/announce.ts';
import { byId, setText } from '../page/element.ts';
import { isThere } from '../player/download.ts';
import { positionText } from '../player/media-range.ts';
import { copyText } from '../player/share.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import { type Address, pathOf, titleOf } from './address.ts';
import { factsLine } from './facts-line.ts';
import type { MediaItem } from './media-item.ts';
import { noticeFor } from './screens.ts';
import { isRefusal, type PageState } from './state.ts';

/** The words and links below the picture. */
export interface About {
  show(state: PageState, item: MediaItem | null): void;
}

/** The part of the page below the stage; `positionS` tells where the viewer is. Other pages are linked with `access`. */
export function createAbout(address: Address | null, access: ViewerAccess | null, positionS: () => number): About {
  const title = byId('title', HTMLElement);
  const facts = byId('facts', HTMLElement);
  const notice = byId('notice', HTMLElement);
  const live = byId('notice-live', HTMLAnchorElement);
  const whole = byId('whole', HTMLAnchorElement);
  const channel = byId('channel-link', HTMLAnchorElement);
  const download = byId('download', HTMLAnchorElement);
  const timeLink = byId('time-link', HTMLButtonElement);
  let asked: string | null = null;
  const offerDownload = async (file: string) => {
    if (asked === file) return;
    asked = file;
    download.href = file;
    download.hidden = !(await isThere(file));
  };
  if (address) startTimeLink(timeLink, () => location.origin + pathOf(address, positionS()));
  return {
    show(state, item) {
      const shown = isRefusal(state) ? null : item;
      setText(title, titleOf(address, shown));
      document.title = shown ? `${shown.title} · Headwater` : 'Headwater';
      setText(facts, shown ? factsLine(shown) : '');
      const words = shown && noticeFor(shown.state);
      notice.hidden = !words;
      setText(byId('notice-text', HTMLElement), words ?? '');
      live.hidden = shown?.state !== 'recording';
      const isPart = address?.kind === 'clip' || (address?.kind === 'replay' && address.slice !== null);
      whole.hidden = !shown || !isPart;
      channel.hidden = timeLink.hidden = !shown;
      if (!shown) {
        download.hidden = true;
        return;
      }
      setText(byId('time-link-label', HTMLElement), `Link at ${positionText(positionS())}`);
      const linked = (path: string) => access?.page(path) ?? path;
      live.href = channel.href = linked(`/watch/${shown.channel}`);
      whole.href = linked(`/replay/${shown.broadcast}`);
      if ((shown.state === 'ready' || shown.state === 'partial') && shown.download) void offerDownload(shown.download);
    },
  };
}

function startTimeLink(button: HTMLButtonElement, url: () => string): void {
  button.addEventListener('click', async () => {
    announce((await copyText(url())) ? 'Link with this time copied' : 'The link could not be copied');
    button.classList.add('done');
    setTimeout(() => button.classList.remove('done'), 2_500);
  });
}
