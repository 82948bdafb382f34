import { byId } from '../page/element.ts';
import type { MediaRange } from '../player/media-range.ts';
import type { Player, Wanted } from '../player/player.ts';
import { createScrubber } from '../player/scrubber.ts';
import { createSpeedMenu } from '../player/speed-menu.ts';
import { createStagePlayer, type StageOptions, type StagePlayer } from '../player/stage-player.ts';
import type { Address } from './address.ts';
import type { MediaItem } from './media-item.ts';
import { createPlace } from './place.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import { initialPage, type PageState, pageStateOf, type ReplayEvent, reduce, wantedItem } from './state.ts';
import { nextViewMs } from './timing.ts';
import { lookAt } from './view-source.ts';

/** What a page that plays a replay or a clip brings along. */
export interface ItemPageOptions extends StageOptions {
  /** Null: the page's own address names none. */
  readonly address: Address | null;
  /** After what all such pages show was shown: after each change, and each second. */
  onRender(state: PageState, item: MediaItem | null): void;
}

/** A replay or a clip on the stage of the page: what is known of it, the player, and the words over it. */
export interface ItemPage {
  readonly video: HTMLVideoElement;
  readonly player: Player;
  readonly controlled: StagePlayer['controlled'];
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
  const video = byId('video', HTMLVideoElement);
  let page = { ...initialPage, online: navigator.onLine };
  const speed = createSpeedMenu(video);
  const scrubber = createScrubber(video);
  const place = createPlace(video, scrubber, address?.fromS ?? 0);
  const stage = createStagePlayer(video, {
    ...options,
    state: () => pageStateOf(page),
    playback: () => page.playback,
    shown: () => ({ pop: page.item?.pop ?? null, broadcast: page.item?.broadcast ?? null }),
    dispatch,
    onConnectivity: () => player.retryNow(),
    look: async () =>
      dispatch(address && access ? await lookAt(address, access) : { type: 'refused', reason: 'not-found' }),
    nextLookMs: () => nextViewMs(page, document.hidden, Math.random()),
    render,
  });
  const { player } = stage;

  function dispatch(event: ReplayEvent): void {
    const before = page;
    page = reduce(page, event);
    const item = wantedItem(page);
    if (item) place.keepTo(item);
    player.want(item && wantedOf(item));
    // Media that does not come may be refused: the view tells why.
    if (event.type === 'media-failed' && before.mediaFailures === 0) stage.lookNow();
    render();
  }

  function wantedOf({ broadcast, hls, dash }: MediaItem): Wanted {
    return { broadcast, url: stage.protocol === 'dash' ? dash : hls, flowing: true, startS: place.startS };
  }

  function limit(): MediaRange | null {
    return page.item?.state === 'recording' && !page.item.range ? null : scrubber.range();
  }

  function render(): void {
    const state = pageStateOf(page);
    stage.show({
      state,
      screen: screenFor(state),
      announcement: announcementFor(state),
      countdown: countdownText(state, page, stage.retryInMs()),
    });
    options.onRender(state, page.item);
    stage.follow();
  }

  return {
    video,
    player,
    controlled: { ...stage.controlled, turnSpeed: speed.turn, limit },
    item: () => page.item,
    limit,
    positionS: () => place.positionS(),
    start: stage.start,
  };
}
