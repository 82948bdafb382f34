import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import { policies } from '../cache/policy.ts';
import { matchPopCache, putPopCache } from '../cache/pop-cache.ts';
import type { Env } from '../env.ts';
import { askShield, lookUpBroadcast } from '../shield/client.ts';
import { isForeignManifest } from './foreign-path.ts';
import { popOf, shieldRegionOf } from './place.ts';

/** What the isolate asks when it has no answer itself: the PoP's cache for objects that may be there, then the shield. */
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
  const { route } = wanted;
  // The gateway has looked up the channel of a foreign source.
  if (route.kind !== 'foreign') {
    const found = await lookUpBroadcast(env.DB, route.broadcast);
    if (found === 'unknown') return refusal('not_found', 'There is no such broadcast.', Date.now(), 'isolate');
    if (found === 'gone') return refusal('gone', 'This broadcast was deleted.', Date.now(), 'isolate');
  }
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
