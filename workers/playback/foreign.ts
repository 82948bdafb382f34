import { noDirectives } from '#shared/hls/directives.ts';
import { formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import type { Admitted } from '../access/gate.ts';
import type { Answer, Call, ForeignRoute, TierRequest } from '../cache/answer.ts';
import { hash32 } from '../cache/hash.ts';
import { type ForeignRequest, isForeignManifest } from '../manifest/foreign-path.ts';
import { admit } from './admission.ts';
import { carryToken, limitRewriting } from './carry-token.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { readDirectives } from './directives.ts';
import { popOf } from './place.ts';
import { makePrivate, respondAnswer, respondPreflight, respondProblem, respondRefused } from './respond.ts';
import { answerRewritten, hasTimeRange, readRewriting } from './rewrite.ts';
import { pathwayBases, withPathways } from './steering.ts';
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
    const { file } = asked;
    const kind = isForeignManifest(file) ? 'foreign-manifest' : 'foreign-media';
    const { visibility, sites } = channel;
    const gated = {
      ...foreignBroadcast,
      kind,
      channel: asked.channel,
      visibility,
      sites,
      isSlice: hasTimeRange(query),
    } as const;
    const admission = await admit(visit, asked.token, query, gated);
    if (admission?.isOpen === false) return respondRefused(request, pop, admission);
    const route: ForeignRoute = { kind: 'foreign', channel: asked.channel, source: channel.sourceUrl, file };
    return await serveFile(visit, route, query, pop, admission, null);
  } catch (error) {
    console.error(JSON.stringify({ event: 'playback_failed', route: 'foreign', error: String(error) }));
    return respondProblem(request, pop, 'internal', 'The PoP failed to answer; ask again.');
  }
}

/** A foreign source plays for as long as it is entered. */
const foreignBroadcast = Object.freeze({ broadcast: null, state: 'live', endedMs: null });

type LiveRoute = Extract<PlaybackRoute, { readonly kind: 'live-multivariant' | 'live-mpd' }>;

/** Serves the manifest of a channel's foreign source under the channel's own address. */
export async function serveForeignLive(
  visit: Visit,
  { kind, channel }: LiveRoute,
  source: string,
  query: string,
  pop: string,
  admitted: Admitted | null,
): Promise<Response> {
  const { pathname } = new URL(source);
  const isMpd = pathname.endsWith('.mpd');
  if (isMpd !== (kind === 'live-mpd')) {
    const there = `This channel is played as ${isMpd ? 'DASH' : 'HLS'}: /live/${channel}/index.${isMpd ? 'mpd' : 'm3u8'}`;
    return respondProblem(visit.request, pop, 'not_found', there);
  }
  const file = pathname.slice(pathname.lastIndexOf('/') + 1);
  const self = formatPlaybackPath({ kind, channel });
  return serveFile(visit, { kind: 'foreign', channel, source, file }, query, pop, admitted, self);
}

/**
 * @param admitted null: it is open to everybody
 * @param self path of the channel's own address, where the manifest is served under it; else null
 */
async function serveFile(
  { request, env, ctx }: Visit,
  route: ForeignRoute,
  query: string,
  pop: string,
  admitted: Admitted | null,
  self: string | null,
): Promise<Response> {
  const isManifest = isForeignManifest(route.file);
  const directives = isManifest && query !== '' ? readDirectives(query) : noDirectives;
  if ('fault' in directives) return respondProblem(request, pop, 'bad_directive', directives.fault);
  const folder = `/x/${route.channel}/`;
  const isCarried = admitted !== null && !admitted.isInherited;
  const wished = isManifest
    ? readRewriting('foreign', query, self === null || isCarried ? '' : `../..${folder}`)
    : null;
  const limits = isManifest ? (admitted?.limits ?? null) : null;
  const rewriting = wished && 'fault' in wished ? wished : limitRewriting(wished, 'foreign', limits);
  if (rewriting && 'fault' in rewriting) return respondProblem(request, pop, 'bad_request', rewriting.fault);
  // With the source in the key: another source of the same channel may use the same names.
  const path = `/x/${route.channel}/${hash32(route.source).toString(36)}/${route.file}`;
  const steered = self === null ? rewriting : withPathways(rewriting, request, env, route.channel, folder);
  const asked = { route, path, directives };
  const call = callFor(request, env, ctx);
  const answered = await answerRewritten(asked, steered, call);
  const found = isManifest ? answered : await limited(answered, asked, admitted, call);
  const carry = admitted && self !== null ? { ...admitted, folder, self, query, bases: pathwayBases(env) } : null;
  const answer = carryToken(found, 'foreign', carry);
  const response = respondAnswer({ request, route, path, pop, isBlocking: directives.msn !== null }, answer);
  return admitted ? makePrivate(response) : response;
}

/** What a token limits holds for a manifest whose name does not tell that it is one, too. */
async function limited(answer: Answer, asked: TierRequest, admitted: Admitted | null, call: Call): Promise<Answer> {
  const kind = answer.foreign?.kind;
  if (kind !== 'playlist' && kind !== 'mpd') return answer;
  const rewriting = limitRewriting(null, 'foreign', admitted?.limits ?? null);
  return rewriting && !('fault' in rewriting) ? answerRewritten(asked, rewriting, call) : answer;
}
