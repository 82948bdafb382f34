import type { Answer, Call, TierRequest } from '../cache/answer.ts';
import { policies } from '../cache/policy.ts';
import { matchPopCache, putPopCache } from '../cache/pop-cache.ts';
import type { Env } from '../env.ts';
import { isForeignManifest } from '../manifest/foreign-path.ts';
import { askShield } from '../shield/client.ts';
import { popOf, shieldRegionOf } from './place.ts';

/**
 * What the isolate asks when it has no answer itself: the PoP's cache for objects that may be there, then the shield. Each name that
 * a shield is asked by becomes an object that stays: whoever calls has found the broadcast, or the channel, in the catalogue.
 */
export function callFor(request: Request, env: Env, ctx: ExecutionContext): Call {
  const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(work);
  return { waitUntil, upstream: (wanted) => askUpstream(wanted, request, env, waitUntil) };
}

async function askUpstream(
  wanted: TierRequest,
  request: Request,
  env: Env,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Answer> {
  const region = shieldRegionOf(request, env);
  if (!mayBeInPopCache(wanted)) return askShield(env.SHIELD, region, wanted, waitUntil);
  const pop = popOf(request, env);
  const stored = await matchPopCache(pop, wanted.path);
  if (stored) return stored;
  const answer = await askShield(env.SHIELD, region, wanted, waitUntil);
  const { growing, ...rest } = answer;
  growing?.whenSettled((body) => {
    if (body) waitUntil(putPopCache(pop, wanted.path, { ...rest, body }));
  });
  if (answer.status === 200 && !growing && answer.foreign?.policy.inPopCache !== false)
    waitUntil(putPopCache(pop, wanted.path, answer));
  return answer;
}

function mayBeInPopCache({ route }: TierRequest): boolean {
  if (route.kind === 'media-playlist') return false;
  return route.kind === 'foreign' ? !isForeignManifest(route.file) : policies[route.kind].inPopCache;
}
