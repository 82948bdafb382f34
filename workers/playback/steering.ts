import { edgeLimits } from '#shared/limits/edge.ts';
import { isChannelName } from '#shared/model/id.ts';
import type { Env } from '../env.ts';
import type { Pathways } from '../manifest/options.ts';
import { admit, isOpenToAll } from './admission.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { checkPathways, isAiling } from './pathway-health.ts';
import { parsePathways, rankPathways, type SteeredPathway, steeringManifest } from './pathways.ts';
import { placeOf, popOf } from './place.ts';
import { corsHeaders, respondPreflight, respondProblem, respondRefused } from './respond.ts';
import type { Rewriting } from './rewrite.ts';
import type { Visit } from './visit.ts';

/** A request for a steering manifest. */
export interface SteeringRequest {
  readonly token: string | null;
  readonly channel: string;
}

/** Parses the path of a steering manifest, or null. */
export function parseSteeringPath(path: string): SteeringRequest | null {
  const [, token = null, channel = ''] =
    /^(?:\/t\/([A-Za-z0-9._~-]{1,4096}))?\/steering\/([a-z0-9_-]{1,64})$/.exec(path) ?? [];
  return isChannelName(channel) ? { token, channel } : null;
}

/** Settings do not change while an isolate lives. */
let known: readonly SteeredPathway[] | null = null;

/** A setting that is wrong steers nobody, and says so once. */
function pathwaysOf(env: Env): readonly SteeredPathway[] {
  if (known) return known;
  try {
    known = parsePathways(env.PATHWAYS);
  } catch (error) {
    console.error(JSON.stringify({ event: 'pathways_wrong', error: String(error) }));
    known = [];
  }
  return known;
}

/**
 * `/steering/<channel>`: the steering manifest for viewers of the asking one's place, for HLS and DASH. For nobody else
 * (rule 43), so no cache may keep it.
 */
export async function serveSteering(visit: Visit, asked: SteeringRequest, query: string): Promise<Response> {
  const { request, env, ctx, resolve } = visit;
  const { channel, token } = asked;
  const pop = popOf(request, env);
  if (request.method === 'OPTIONS') return respondPreflight();
  const pathways = pathwaysOf(env);
  if (pathways.length === 0) return respondProblem(request, pop, 'not_found', 'This deployment steers nobody.');
  const found = await lookUpChannel(channel, env.DB, ctx, resolve).catch(() => undefined);
  // Whom it is for cannot be told while the catalogue is away, and where to go is asked again soon.
  if (found === undefined) return respondProblem(request, pop, 'internal', 'The PoP failed to answer; ask again.');
  if (found && !isOpenToAll(found)) {
    const { visibility, sites, broadcast, endedMs } = found;
    const state = found.state === 'waiting' ? 'starting' : found.state;
    const gated = { kind: 'steering', visibility, sites, channel, broadcast, state, endedMs, isSlice: false } as const;
    const admission = await admit(visit, token, query, gated);
    if (admission?.isOpen === false) return respondRefused(request, pop, admission);
  }
  ctx.waitUntil(checkPathways(pathways));
  const ranked = rankPathways(pathways, placeOf(request, env).continent, isAiling);
  const manifest = steeringManifest(
    ranked,
    `${token === null ? '' : `/t/${token}`}/steering/${channel}`,
    edgeLimits.steeringTtlS,
  );
  const headers = { ...corsHeaders, 'content-type': 'application/json', 'cache-control': 'private, no-store' };
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(manifest), { headers });
}

/** Base URLs of the pathways that manifests offer. */
export function pathwayBases(env: Env): readonly string[] {
  return pathwaysOf(env).map(({ url }) => url);
}

/**
 * Adds the pathways to what is done to a channel's manifest; the rewriting as it was when there are none.
 * @param path of the folder that the manifest's relative URIs lead to, on every pathway: `/b/b_…/`
 */
export function withPathways(
  rewriting: Rewriting | null,
  request: Request,
  env: Env,
  channel: string,
  path: string,
): Rewriting | null {
  const all = pathwaysOf(env);
  if (all.length === 0) return rewriting;
  const ranked = rankPathways(all, placeOf(request, env).continent, isAiling);
  const list = ranked.map(({ id, url }) => ({ id, base: url + path }));
  const pathways: Pathways = { serverUri: `/steering/${channel}`, list };
  const order = list.map(({ id }) => id).join();
  return { options: { ...rewriting?.options, pathways }, key: `${rewriting?.key ?? ''}#${channel}#${order}` };
}
