import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { decideAccess } from '../access/gate.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { serveForeignLive } from './foreign.ts';
import { respondAnswer, respondProblem } from './respond.ts';
import { answerRewritten, readRewriting } from './rewrite.ts';
import { withPathways } from './steering.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

type LiveRoute = Extract<PlaybackRoute, { readonly kind: 'live-multivariant' | 'live-mpd' }>;

/** Serves a channel's current broadcast under the channel's own URL, without a redirect (players keep the first URL). */
export async function serveLive(visit: Visit, asked: LiveRoute, query: string, pop: string): Promise<Response> {
  const { request, env, ctx, resolve } = visit;
  const channel = await lookUpChannel(asked.channel, env.DB, ctx, resolve);
  if (!channel) return respondProblem(request, pop, 'not_found', 'There is no such channel.');
  const access = decideAccess(channel.visibility, null);
  if (!access.isOpen) return respondProblem(request, pop, access.code, access.detail);
  if (channel.sourceUrl !== null) return serveForeignLive(visit, asked, channel.sourceUrl, query, pop);
  if (channel.broadcast === null || channel.state === 'waiting') {
    return respondProblem(request, pop, 'not_found', 'This channel is not live yet; ask again in a moment.');
  }
  const kind = asked.kind === 'live-mpd' ? 'mpd' : 'multivariant';
  const route: BroadcastRoute = { kind, broadcast: channel.broadcast };
  const rewriting = readRewriting(kind, query, `../../b/${channel.broadcast}/`);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  const wanted = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const steered = withPathways(rewriting, request, env, asked.channel, `/b/${channel.broadcast}/`);
  const answer = await answerRewritten(wanted, steered, callFor(request, env, ctx));
  return respondAnswer({ request, route: asked, path: wanted.path, pop, isBlocking: false }, answer);
}
