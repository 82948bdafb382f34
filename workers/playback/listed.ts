import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import type { PlaybackLimits } from '../token/claims.ts';
import { limitRewriting } from './carry-token.ts';
import { answerRewritten, rewriteRecord } from './rewrite.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

/** What shows all of a broadcast and is not cut. */
const uncut: ReadonlySet<string> = new Set(['poster', 'thumbnails', 'thumbnail-sheet', 'segment-list'] as const);

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
  const call = callFor(visit.request, visit.env, visit.ctx);
  const live = await answerRewritten(wanted, cut, call);
  // While the origin is away its record, which is a little behind, lists all but the newest.
  const answer = live.status === 200 ? live : (await rewriteRecord(wanted, cut, call))?.answer;
  if (answer?.status !== 200) return false;
  const text = new TextDecoder().decode(answer.body);
  const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0);
  const listed = text.match(/^#EXTINF:/gm)?.length ?? 0;
  const growing = text.includes('#EXT-X-ENDLIST') ? 0 : 2;
  return msn >= first && msn < first + listed + growing;
}
