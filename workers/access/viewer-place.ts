import type { CfPlace, Env } from '../env.ts';
import { allowsSite, type ViewerPlace } from '../token/policy.ts';

/** Where a viewer is: what the platform knows, and the page that plays, as far as its browser tells. */
export function viewerPlaceOf(request: Request, env: Env): ViewerPlace {
  const { country } = (request.cf as CfPlace | undefined) ?? env.CF_JSON ?? {};
  const isKnown = country !== undefined && /^[A-Z]{2}$/.test(country) && country !== 'XX' && country !== 'T1';
  return {
    country: isKnown ? country : null,
    address: request.headers.get('cf-connecting-ip'),
    site: siteOf(request),
  };
}

/** Tells of a list of sites whether the page that asks is on it; null is every list. */
export function siteTest(request: Request): (sites: readonly string[] | null) => boolean {
  const site = siteOf(request);
  return (sites) => allowsSite(sites, site);
}

/** Our own pages send no Referer; browsers say that they ask from the same origin. */
function siteOf({ headers, url }: Request): string | null {
  const named = headers.get('origin') ?? headers.get('referer');
  if (named !== null) return URL.parse(named)?.host || null;
  return headers.get('sec-fetch-site') === 'same-origin' ? new URL(url).host : null;
}
