import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits.ts';
import { type BroadcastRoute, formatPlaybackPath, type PlaybackRequest } from '#shared/route/route.ts';
import { decideAccess } from '../access/gate.ts';
import { type Answer, refusal } from '../cache/answer.ts';
import { wholeOf } from '../cache/relay.ts';
import { serveDownload } from '../replay/download.ts';
import { fetchCached } from './cached-media.ts';
import { isClipRoute, serveClip } from './clip.ts';
import { readDirectives } from './directives.ts';
import { serveLive } from './live.ts';
import { popOf } from './place.ts';
import { respondAnswer, respondPreflight, respondProblem } from './respond.ts';
import { answerRewritten, readRewriting } from './rewrite.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

/** Serves every playback URL: method, access, directives, then the tiers; every error is a problem document. */
export async function servePlayback(visit: Visit, { token, route }: PlaybackRequest, query: string): Promise<Response> {
  const { request, env } = visit;
  const pop = popOf(request, env);
  if (request.method === 'OPTIONS') return respondPreflight();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return respondProblem(request, pop, 'method_not_allowed', 'Media is read with GET or HEAD.');
  }
  const access = decideAccess(null, token);
  if (!access.isOpen) return respondProblem(request, pop, access.code, access.detail);
  try {
    if (route.kind === 'live-multivariant' || route.kind === 'live-mpd')
      return await serveLive(visit, route, query, pop);
    if (isClipRoute(route)) return await serveClip(visit, route, query, pop);
    if (route.kind === 'download') return await serveDownload(visit, route.broadcast, query, pop);
    return await serveObject(visit, route, query, pop);
  } catch (error) {
    console.error(JSON.stringify({ event: 'playback_failed', route: route.kind, error: String(error) }));
    return respondProblem(request, pop, 'internal', 'The PoP failed to answer; ask again.');
  }
}

async function serveObject(visit: Visit, route: BroadcastRoute, query: string, pop: string): Promise<Response> {
  const { request, env, ctx } = visit;
  const directives = route.kind === 'media-playlist' && query !== '' ? readDirectives(query) : noDirectives;
  if ('fault' in directives) return respondProblem(request, pop, 'bad_directive', directives.fault);
  const rewriting = readRewriting(route.kind, query);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  const path = formatPlaybackPath(route);
  const cached = await fetchCached(request, route, env, ctx);
  if (cached) return cached;
  const found = await answerRewritten({ route, path, directives }, rewriting, callFor(request, env, ctx));
  const answer = request.headers.has('range') ? await settled(found) : found;
  return respondAnswer({ request, route, path, pop, isBlocking: directives.msn !== null }, answer);
}

/**
 * A range of a segment in the making waits for the whole of it, a few seconds at most. RFC 9110 (14.2) would allow to
 * ignore the range and send everything; but what lies beyond the end (416) and what a suffix means is only known then, and
 * whoever asks for a range wants to have little.
 */
async function settled(answer: Answer): Promise<Answer> {
  if (!answer.growing) return answer;
  const body = await wholeOf(answer.growing, edgeLimits.growingStallMsMax);
  if (!body) return refusal('upstream_failed', 'The segment in the making broke off.', Date.now(), 'isolate');
  const { growing: _, ...rest } = answer;
  return { ...rest, body };
}
