import type { CfPlace, Env } from '../env.ts';
import { type Region, regionOf } from '../shield/region.ts';

/** The viewer's place: what the platform knows, else what the local stack says. */
export function placeOf(request: Request, env: Env): CfPlace {
  return (request.cf as CfPlace | undefined) ?? env.CF_JSON ?? {};
}

/** Name of the PoP that answers: `fra`; `unknown` where nobody tells. */
export function popOf(request: Request, env: Env): string {
  return env.POP ?? placeOf(request, env).colo?.toLowerCase() ?? 'unknown';
}

/** The region whose shield this PoP asks. */
export function shieldRegionOf(request: Request, env: Env): Region {
  return regionOf(placeOf(request, env).continent);
}
