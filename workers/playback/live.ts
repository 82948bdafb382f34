import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { admit } from './admission.ts';
import { carryToken, limitRewriting } from './carry-token.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { serveForeignLive } from './foreign.ts';
import { makePrivate, respondAnswer, respondProblem, respondRefused } from './respond.ts';
import { answerRewritten, hasTimeRange, readRewriting } from './rewrite.ts';
import { pathwayBases, withPathways } from './steering.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

type LiveRoute = Extract<PlaybackRoute, { readonly kind: 'live-multivariant' | 'live-mpd' }>;

/** Serves a channel's current broadcast under the channel's own URL, without a redirect (players keep the first URL). */
export async function serveLive(
  visit: Visit,
  asked: LiveRoute,
  token: string | null,
  query: string,
  pop: string,
): Promise<Response> {
  const { request, env, ctx, resolve } = visit;
  const channel = await lookUpChannel(asked.channel, env.DB, ctx, resolve);
  if (!channel) return respondProblem(request, pop, 'not_found', 'There is no such channel.');
  const { broadcast, sourceUrl, visibility, sites, endedMs } = channel;
  const state = channel.state === 'waiting' ? 'starting' : channel.state;
  const isSlice = hasTimeRange(query);
  const gated = { kind: asked.kind, channel: asked.channel, broadcast, visibility, sites, state, endedMs, isSlice };
  const admission = await admit(visit, token, query, gated);
  if (admission?.isOpen === false) return respondRefused(request, pop, admission);
  if (sourceUrl !== null) return serveForeignLive(visit, asked, sourceUrl, query, pop, admission);
  if (broadcast === null || channel.state === 'waiting') {
    return respondProblem(request, pop, 'not_found', 'This channel is not live yet; ask again in a moment.');
  }
  const kind = asked.kind === 'live-mpd' ? 'mpd' : 'multivariant';
  const route: BroadcastRoute = { kind, broadcast };
  // A token that is carried brings its own way from the root.
  const isCarried = admission !== null && !admission.isInherited;
  const wished = readRewriting(kind, query, isCarried ? '' : `../../b/${broadcast}/`);
  const rewriting = wished && 'fault' in wished ? wished : limitRewriting(wished, kind, admission?.limits ?? null);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  const wanted = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const folder = `/b/${broadcast}/`;
  const steered = withPathways(rewriting, request, env, asked.channel, folder);
  const found = await answerRewritten(wanted, steered, callFor(request, env, ctx));
  const self = formatPlaybackPath(asked);
  const answer = admission
    ? carryToken(found, kind, { ...admission, folder, self, query, bases: pathwayBases(env) })
    : found;
  const response = respondAnswer({ request, route: asked, path: wanted.path, pop, isBlocking: false }, answer);
  return admission ? makePrivate(response) : response;
}
