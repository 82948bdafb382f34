import type { MediaRange } from '../player/media-range.ts';
import { guardRange } from '../player/range-guard.ts';
import type { Scrubber } from '../player/scrubber.ts';
import { fetchThumbs } from '../player/thumbs.ts';
import type { MediaItem } from './media-item.ts';

/** Where in the media the viewer is, and what of it may be seen. */
export interface Place {
  /** Takes the bounds and pictures of an item, once for each. */
  keepTo(item: MediaItem): void;
  /** Media time at which an engine begins: where the viewer was, else what the address asks for. */
  startS(): number | null;
  /** Seconds since what is seen begins. */
  positionS(): number;
}

/** @param fromS seconds after the beginning of what is seen */
export function createPlace(video: HTMLVideoElement, scrubber: Scrubber, fromS: number): Place {
  let known: string | null = null;
  let range: MediaRange | null = null;
  let seenS: number | null = null;
  const limit = () => {
    if (!range) return;
    const endS = Math.min(range.endS, Number.isFinite(video.duration) ? video.duration : range.endS);
    if (Number.isFinite(endS)) scrubber.limit({ startS: range.startS, endS });
  };
  video.addEventListener('durationchange', limit);
  video.addEventListener('timeupdate', () => {
    // An engine that is taken away leaves the element at zero.
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING && !video.seeking) seenS = video.currentTime;
  });
  const firstS = () => (range || fromS > 0 ? (range?.startS ?? 0) + fromS : null);
  return {
    keepTo(item) {
      if (known === item.hls) return;
      known = item.hls;
      ({ range } = item);
      limit();
      if (range) guardRange(video, range, () => undefined);
      if (item.poster) video.poster = item.poster;
      if (item.thumbs) void fetchThumbs(item.thumbs).then(scrubber.setThumbs);
    },
    // A broadcast that is still live is seen from its beginning too.
    startS: () => seenS ?? firstS() ?? 0,
    positionS: () => Math.max(0, video.currentTime - (scrubber.range()?.startS ?? 0)),
  };
}
