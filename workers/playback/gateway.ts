import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import {
  type BroadcastRoute,
  formatPlaybackPath,
  type PlaybackRequest,
  type PlaybackRoute,
} from '#shared/route/route.ts';
import type { Admitted } from '../access/gate.ts';
import { type Answer, refusal } from '../cache/answer.ts';
import { wholeOf } from '../cache/relay.ts';
import { serveDownload } from '../replay/download.ts';
import { admit, isOpenToAll } from './admission.ts';
import { knownBroadcast, lookUpBroadcast } from './broadcast-lookup.ts';
import { fetchCached } from './cached-media.ts';
import { carryToken, limitRewriting } from './carry-token.ts';
import { isClipRoute, serveClip } from './clip.ts';
import { readDirectives } from './directives.ts';
import { isInRange } from './listed.ts';
import { serveLive } from './live.ts';
import { popOf } from './place.ts';
import { makePrivate, respondAnswer, respondPreflight, respondProblem, respondRefused } from './respond.ts';
import { answerRewritten, hasTimeRange, readRewriting } from './rewrite.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';
import { mayHaveFile, noFile } from './whole-file.ts';

/** Serves every playback URL: method, access, directives, then the tiers; every error is a problem document. */
export async function servePlayback(visit: Visit, { token, route }: PlaybackRequest, query: string): Promise<Response> {
  const { request, env } = visit;
  const pop = popOf(request, env);
  if (request.method === 'OPTIONS') return respondPreflight();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return respondProblem(request, pop, 'method_not_allowed', 'Media is read with GET or HEAD.');
  }
  try {
    if (route.kind === 'live-multivariant' || route.kind === 'live-mpd')
      return await serveLive(visit, route, token, query, pop);
    if (isClipRoute(route)) return await serveClip(visit, route, token, query, pop);
    return await serveBroadcast(visit, route, token, query, pop);
  } catch (error) {
    console.error(JSON.stringify({ event: 'playback_failed', route: route.kind, error: String(error) }));
    return respondProblem(request, pop, 'internal', 'The PoP failed to answer; ask again.');
  }
}

async function serveBroadcast(
  visit: Visit,
  route: BroadcastRoute | DownloadRoute,
  token: string | null,
  query: string,
  pop: string,
): Promise<Response> {
  const { request, env, ctx, resolveBroadcast } = visit;
  const { kind, broadcast } = route;
  const found =
    knownBroadcast(broadcast, env.DB, ctx, resolveBroadcast) ??
    (await lookUpBroadcast(broadcast, env.DB, ctx, resolveBroadcast));
  if (!found) return respondProblem(request, pop, 'not_found', 'There is no such broadcast.');
  if (found.isGone) return respondProblem(request, pop, 'gone', 'This broadcast was deleted.');
  const isDownload = route.kind === 'download';
  if (isOpenToAll(found)) {
    return isDownload ? serveDownload(visit, broadcast, query, pop) : serveObject(visit, route, query, pop, null);
  }
  const rendition = 'rendition' in route ? { rendition: route.rendition } : {};
  const gated = { ...found, broadcast, kind, isSlice: hasTimeRange(query), ...rendition };
  const admission = await admit(visit, token, query, gated);
  if (admission?.isOpen === false) return respondRefused(request, pop, admission);
  if (!isDownload) return serveObject(visit, route, query, pop, admission);
  if (admission && !mayHaveFile(admission.limits, null)) return respondRefused(request, pop, noFile);
  return makePrivate(await serveDownload(visit, broadcast, query, pop));
}

type DownloadRoute = Extract<PlaybackRoute, { readonly kind: 'download' }>;

/** @param admitted null: it is open to everybody */
async function serveObject(
  visit: Visit,
  route: BroadcastRoute,
  query: string,
  pop: string,
  admitted: Admitted | null,
): Promise<Response> {
  const { request, env, ctx } = visit;
  const { kind } = route;
  const directives = kind === 'media-playlist' && query !== '' ? readDirectives(query) : noDirectives;
  if ('fault' in directives) return respondProblem(request, pop, 'bad_directive', directives.fault);
  const asked = readRewriting(kind, query);
  const rewriting = asked && 'fault' in asked ? asked : limitRewriting(asked, kind, admitted?.limits ?? null);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  if (admitted && !(await isInRange(visit, route, admitted.limits))) {
    return respondRefused(request, pop, { code: 'wrong_scope', detail: 'This token is for another time range.' });
  }
  const path = formatPlaybackPath(route);
  const cached = await fetchCached(request, route, env, ctx);
  if (cached) return admitted ? makePrivate(cached) : cached;
  const found = await answerRewritten({ route, path, directives }, rewriting, callFor(request, env, ctx));
  const whole = request.headers.has('range') ? await settled(found) : found;
  const answer =
    admitted && (kind === 'multivariant' || kind === 'mpd')
      ? carryToken(whole, kind, { ...admitted, folder: `/b/${route.broadcast}/`, self: path, query, bases: [] })
      : whole;
  const response = respondAnswer({ request, route, path, pop, isBlocking: directives.msn !== null }, answer);
  return admitted ? makePrivate(response) : response;
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
