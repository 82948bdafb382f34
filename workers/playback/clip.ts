import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits.ts';
import { type BroadcastRoute, type ClipRoute, formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { serveClipDownload } from '../replay/download.ts';
import { admit } from './admission.ts';
import { lookUpClip, type ResolvedClip } from './clip-lookup.ts';
import { respondAnswer, respondProblem, respondRefused } from './respond.ts';
import { answerRewritten, readRewriting } from './rewrite.ts';
import { withPathways } from './steering.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

/** Whether a route is one of a clip's own. */
export function isClipRoute(route: PlaybackRoute): route is ClipRoute {
  return 'clip' in route;
}

/** Serves a clip under its own URL: a range of its broadcast, whose media it shares with the broadcast itself. */
export async function serveClip(
  visit: Visit,
  asked: ClipRoute,
  token: string | null,
  query: string,
  pop: string,
): Promise<Response> {
  const { request, env, ctx, resolveClip } = visit;
  const clip = await lookUpClip(asked.clip, env.DB, ctx, resolveClip);
  if (!clip) return respondProblem(request, pop, 'not_found', 'There is no such clip.');
  const { visibility, channel, broadcast } = clip;
  const over = { state: 'ended', endedMs: null, isSlice: true } as const;
  const admission = await admit(visit, token, query, { ...over, visibility, channel, broadcast, kind: asked.kind });
  if (admission?.isOpen === false) return respondRefused(request, pop, admission);
  if (query.length > edgeLimits.queryCharsMax) {
    return respondProblem(request, pop, 'bad_request', 'The query is too long.');
  }
  if (asked.kind === 'clip-download') return serveClipDownload(visit, clip, query, pop);
  const kind = asked.kind === 'clip-mpd' ? 'mpd' : 'multivariant';
  const route: BroadcastRoute = { kind, broadcast: clip.broadcast };
  const rewriting = readRewriting(kind, clipQuery(clip, query), `../../b/${clip.broadcast}/`);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  const wanted = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const steered = withPathways(rewriting, request, env, clip.channel, `/b/${clip.broadcast}/`);
  const answer = await answerRewritten(wanted, steered, callFor(request, env, ctx));
  return respondAnswer({ request, route: asked, path: wanted.path, pop, isBlocking: false }, answer);
}

/** A viewer's own parameters, but for the range: that is the clip's. */
function clipQuery({ startMs, endMs }: ResolvedClip, query: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set('start', new Date(startMs).toISOString());
  parameters.set('end', new Date(endMs).toISOString());
  return parameters.toString();
}
