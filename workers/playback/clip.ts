import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { type BroadcastRoute, type ClipRoute, formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { serveClipDownload } from '../replay/download.ts';
import { admit } from './admission.ts';
import { carryToken, limitRewriting } from './carry-token.ts';
import { lookUpClip, type ResolvedClip } from './clip-lookup.ts';
import { makePrivate, respondAnswer, respondProblem, respondRefused } from './respond.ts';
import { answerRewritten, readRewriting } from './rewrite.ts';
import { pathwayBases, withPathways } from './steering.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';
import { mayHaveFile, noFile } from './whole-file.ts';

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
  const { visibility, sites, channel, broadcast } = clip;
  const over = { state: 'ended', endedMs: null, isSlice: true } as const;
  const named = { id: asked.clip, startMs: clip.startMs, endMs: clip.endMs };
  const gated = { ...over, visibility, sites, channel, broadcast, kind: asked.kind, clip: named };
  const admission = await admit(visit, token, query, gated);
  if (admission?.isOpen === false) return respondRefused(request, pop, admission);
  if (query.length > edgeLimits.queryCharsMax) {
    return respondProblem(request, pop, 'bad_request', 'The query is too long.');
  }
  if (asked.kind === 'clip-download') {
    if (admission && !mayHaveFile(admission.limits, clip)) return respondRefused(request, pop, noFile);
    const file = await serveClipDownload(visit, clip, query, pop);
    return admission ? makePrivate(file) : file;
  }
  const kind = asked.kind === 'clip-mpd' ? 'mpd' : 'multivariant';
  const route: BroadcastRoute = { kind, broadcast: clip.broadcast };
  // A token that is carried brings its own way from the root.
  const isCarried = admission !== null && !admission.isInherited;
  const wished = readRewriting(kind, clipQuery(clip, query), isCarried ? '' : `../../b/${broadcast}/`);
  const rewriting = wished && 'fault' in wished ? wished : limitRewriting(wished, kind, admission?.limits ?? null);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  const wanted = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const folder = `/b/${broadcast}/`;
  const steered = withPathways(rewriting, request, env, channel, folder);
  const found = await answerRewritten(wanted, steered, callFor(request, env, ctx));
  const self = formatPlaybackPath(asked);
  const answer = admission
    ? carryToken(found, kind, { ...admission, folder, self, query, bases: pathwayBases(env) })
    : found;
  const response = respondAnswer({ request, route: asked, path: wanted.path, pop, isBlocking: false }, answer);
  return admission ? makePrivate(response) : response;
}

/** A viewer's own parameters, but for the range: that is the clip's. */
function clipQuery({ startMs, endMs }: ResolvedClip, query: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set('start', new Date(startMs).toISOString());
  parameters.set('end', new Date(endMs).toISOString());
  return parameters.toString();
}
