import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { PlaybackLimits } from '../token/claims.ts';
import { limitRewriting } from './carry-token.ts';
import { answerRewritten, rewriteRecord } from './rewrite.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

/** What shows all of a broadcast and is not cut. */
const uncut: ReadonlySet<string> = new Set(['poster', 'thumbnails', 'thumbnail-sheet', 'segment-list'] as const);

/** Numbers of segments: the first, and the one after the last. */
interface Span {
  readonly first: number;
  readonly end: number;
}

/**
 * What was listed of renditions in ranges: a segment's time never changes, so it belongs to its range for good. The playlist
 * is long, and players ask for media nine times a second.
 */
const known = new ByteLru<Span>(edgeLimits.listedCacheBytesMax, edgeLimits.listedCacheEntriesMax);

/**
 * Whether media lies in the time range that a token is for: it does when the playlist, cut to that range, lists it. An open
 * range grows, so that the segment behind the last one that is listed belongs to it.
 */
export async function isInRange(visit: Visit, route: BroadcastRoute, limits: PlaybackLimits): Promise<boolean> {
  const isOpen = limits.startMs === null && limits.endMs === null;
  if (isOpen) return true;
  if (route.kind !== 'segment' && route.kind !== 'part') return !uncut.has(route.kind);
  const { broadcast, rendition, msn } = route;
  const playlist: BroadcastRoute = { kind: 'media-playlist', broadcast, rendition };
  const cut = limitRewriting(null, playlist.kind, limits);
  if (!cut || 'fault' in cut) return false;
  const wanted = { route: playlist, path: formatPlaybackPath(playlist), directives: noDirectives };
  const key = wanted.path + cut.key;
  const span = known.get(key);
  if (span && isWithin(msn, span)) return true;
  const call = callFor(visit.request, visit.env, visit.ctx);
  const live = await answerRewritten(wanted, cut, call);
  // While the origin is away its record, which is a little behind, lists all but the newest.
  const answer = live.status === 200 ? live : (await rewriteRecord(wanted, cut, call))?.answer;
  if (answer?.status !== 200) return false;
  const text = new TextDecoder().decode(answer.body);
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0);
  const end = first + (text.match(/^#EXTINF:/gm)?.length ?? 0);
  const isOpenEnded = !text.includes('#EXT-X-ENDLIST');
  // The segment in the making begins where the last one ends, within the range; the one after that may not.
  note(key, { first, end: isOpenEnded ? end + 1 : end });
  return isWithin(msn, { first, end: isOpenEnded ? end + 2 : end });
}

function isWithin(msn: number, { first, end }: Span): boolean {
  return msn >= first && msn < end;
}

/** Takes what lies in between along: a range has no holes. */
function note(key: string, listed: Span): void {
  const { first, end } = known.get(key) ?? listed;
  const span = { first: Math.min(first, listed.first), end: Math.max(end, listed.end) };
  known.set(key, span, 2 * key.length + edgeLimits.listedSpanBytes);
}
