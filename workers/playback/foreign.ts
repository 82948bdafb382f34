import { noDirectives } from '#shared/hls/directives.ts';
import type { PlaybackRoute } from '#shared/route/route.ts';
import { decideAccess } from '../access/gate.ts';
import type { ForeignRoute } from '../cache/answer.ts';
import { hash32 } from '../cache/hash.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { readDirectives } from './directives.ts';
import { type ForeignRequest, isForeignManifest } from './foreign-path.ts';
import { popOf } from './place.ts';
import { respondAnswer, respondPreflight, respondProblem } from './respond.ts';
import { answerRewritten, readRewriting } from './rewrite.ts';
import { withPathways } from './steering.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

/** Serves an object of a channel's foreign source: `/x/<channel>/…`. */
export async function serveForeign(visit: Visit, asked: ForeignRequest, query: string): Promise<Response> {
  const { request, env, ctx, resolve } = visit;
  const pop = popOf(request, env);
  if (request.method === 'OPTIONS') return respondPreflight();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return respondProblem(request, pop, 'method_not_allowed', 'Media is read with GET or HEAD.');
  }
  try {
    const channel = await lookUpChannel(asked.channel, env.DB, ctx, resolve);
    if (!channel?.sourceUrl) {
      return respondProblem(request, pop, 'not_found', 'There is no such channel with a foreign source.');
    }
    const access = decideAccess(channel.visibility, asked.token);
    if (!access.isOpen) return respondProblem(request, pop, access.code, access.detail);
    const { file } = asked;
    const route: ForeignRoute = { kind: 'foreign', channel: asked.channel, source: channel.sourceUrl, file };
    return await serveFile(visit, route, query, pop, '');
  } catch (error) {
    console.error(JSON.stringify({ event: 'playback_failed', route: 'foreign', error: String(error) }));
    return respondProblem(request, pop, 'internal', 'The PoP failed to answer; ask again.');
  }
}

type LiveRoute = Extract<PlaybackRoute, { readonly kind: 'live-multivariant' | 'live-mpd' }>;

/** Serves the manifest of a channel's foreign source under the channel's own address. */
export async function serveForeignLive(
  visit: Visit,
  { kind, channel }: LiveRoute,
  source: string,
  query: string,
  pop: string,
): Promise<Response> {
  const { pathname } = new URL(source);
  const isMpd = pathname.endsWith('.mpd');
  if (isMpd !== (kind === 'live-mpd')) {
    const there = `This channel is played as ${isMpd ? 'DASH' : 'HLS'}: /live/${channel}/index.${isMpd ? 'mpd' : 'm3u8'}`;
    return respondProblem(visit.request, pop, 'not_found', there);
  }
  const file = pathname.slice(pathname.lastIndexOf('/') + 1);
  return serveFile(visit, { kind: 'foreign', channel, source, file }, query, pop, '../../');
}

/** @param up to the root of the PoP, where a manifest is served under the channel's own address; else empty */
async function serveFile(
  { request, env, ctx }: Visit,
  route: ForeignRoute,
  query: string,
  pop: string,
  up: '' | '../../',
): Promise<Response> {
  const isManifest = isForeignManifest(route.file);
  const directives = isManifest && query !== '' ? readDirectives(query) : noDirectives;
  if ('fault' in directives) return respondProblem(request, pop, 'bad_directive', directives.fault);
  const below = `x/${route.channel}/`;
  const rewriting = isManifest ? readRewriting('foreign', query, up && up + below) : null;
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  // With the source in the key: another source of the same channel may use the same names.
  const path = `/x/${route.channel}/${hash32(route.source).toString(36)}/${route.file}`;
  const steered = up ? withPathways(rewriting, request, env, route.channel, `/${below}`) : rewriting;
  const answer = await answerRewritten({ route, path, directives }, steered, callFor(request, env, ctx));
  return respondAnswer({ request, route, path, pop, isBlocking: directives.msn !== null }, answer);
}
