import type { ReplayView } from '#shared/model/replay-view.ts';
import type { JsonAnswer } from '../page/fetch-json.ts';
import { refusalOfAccess } from '../player/access-refusals.ts';
import { downloadPath } from '../player/download.ts';
import { fetchClock } from '../player/fetch-clock.ts';
import { timeAt } from '../player/media-clock.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import { type Address, type Slice, sliceQuery } from './address.ts';
import type { MediaItem } from './media-item.ts';
import type { ReplayEvent } from './state.ts';

/** `GET /api/v1/watch-clip/<id>`: what this page reads of it. Times in ms since the Unix epoch. */
interface ClipView {
  readonly title: string;
  readonly channel: string;
  readonly broadcast: string;
  readonly hls: string;
  readonly dash: string;
  readonly download: string | null;
  /** Seconds after the first listed segment's first picture. */
  readonly startOffsetS: number;
  readonly endOffsetS: number;
  readonly durationS: number;
  readonly createdMs: number;
  readonly pop: string;
}

/** Asks the PoP about what the address names; the answer is an event for the state. */
export async function lookAt(address: Address, access: ViewerAccess): Promise<ReplayEvent> {
  if (address.kind === 'clip') {
    const answer = await access.look<ClipView>(`/api/v1/watch-clip/${address.id}`);
    return answer.ok ? { type: 'view', item: opened(clipOf(answer.body), access) } : refusalOf(answer);
  }
  const answer = await access.look<ReplayView>(`/api/v1/watch-replay/${address.id}`);
  if (!answer.ok) return refusalOf(answer);
  const item = opened(replayOf(answer.body), access);
  return address.slice ? cutOut(item, address.slice) : { type: 'view', item };
}

function clipOf(view: ClipView): MediaItem {
  const { title, channel, broadcast, hls, dash, download, startOffsetS, endOffsetS, durationS, createdMs, pop } = view;
  const range = { startS: startOffsetS, endS: endOffsetS };
  const common = { title, channel, broadcast, hls, dash, download, durationS, pop, range };
  return { ...common, state: 'ready', poster: null, thumbs: null, dateMs: createdMs };
}

/** With the viewer's session in front of all that is media. */
function opened(item: MediaItem, access: ViewerAccess): MediaItem {
  const { hls, dash, poster, thumbs, download } = item;
  const optional = (path: string | null) => path && access.media(path);
  return {
    ...item,
    hls: access.media(hls),
    dash: access.media(dash),
    poster: optional(poster),
    thumbs: optional(thumbs),
    download: optional(download),
  };
}

function replayOf(view: ReplayView): MediaItem {
  const { title, channel, broadcast, state, hls, dash, poster, thumbs, startedMs, durationS, pop } = view;
  const common = { title, channel, broadcast, state, hls, dash, poster, thumbs, durationS, pop };
  return { ...common, range: null, download: downloadPath(broadcast), dateMs: startedMs };
}

/** A part of a replay: its playlists are cut to whole segments, and tell when the first of them begins. */
async function cutOut(whole: MediaItem, slice: Slice): Promise<ReplayEvent> {
  const query = sliceQuery(slice).join('&');
  const hls = `${whole.hls}?${query}`;
  const clock = await fetchClock(hls);
  if ('status' in clock) return refusalOf({ ok: false, status: clock.status, code: `page.slice_${clock.status}` });
  const startS = slice.startMs === null ? 0 : timeAt(clock, slice.startMs);
  const endS = slice.endMs === null ? Number.POSITIVE_INFINITY : timeAt(clock, slice.endMs);
  if (startS === null || endS === null) return { type: 'unreachable', code: 'page.no_clock' };
  const range = { startS: Math.max(0, startS), endS };
  const download = whole.download && `${whole.download}?${query}`;
  return {
    type: 'view',
    item: { ...whole, hls, dash: `${whole.dash}?${query}`, range, download, thumbs: null, durationS: null },
  };
}

function refusalOf({ status, code }: Extract<JsonAnswer<never>, { ok: false }>): ReplayEvent {
  if (status === 404 || status === 400) return { type: 'refused', reason: 'not-found' };
  const reason = refusalOfAccess({ status, code });
  if (reason) return { type: 'refused', reason };
  if (status === 410) return { type: 'refused', reason: 'gone' };
  return { type: 'unreachable', code };
}
