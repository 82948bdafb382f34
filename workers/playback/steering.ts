import { edgeLimits } from '#shared/limits.ts';
import type { Env } from '../env.ts';
import type { Pathways } from '../manifest/options.ts';
import { checkPathways, isAiling } from './pathway-health.ts';
import { parsePathways, rankPathways, type SteeredPathway, steeringManifest } from './pathways.ts';
import { placeOf, popOf } from './place.ts';
import { corsHeaders, respondPreflight, respondProblem } from './respond.ts';
import type { Rewriting } from './rewrite.ts';

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
export function serveSteering(request: Request, env: Env, ctx: ExecutionContext, channel: string): Response {
  if (request.method === 'OPTIONS') return respondPreflight();
  const pathways = pathwaysOf(env);
  if (pathways.length === 0) {
    return respondProblem(request, popOf(request, env), 'not_found', 'This deployment steers nobody.');
  }
  ctx.waitUntil(checkPathways(pathways));
  const ranked = rankPathways(pathways, placeOf(request, env).continent, isAiling);
  const manifest = steeringManifest(ranked, `/steering/${channel}`, edgeLimits.steeringTtlS);
  const headers = { ...corsHeaders, 'content-type': 'application/json', 'cache-control': 'private, no-store' };
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(manifest), { headers });
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
