import type { CfPlace, Env } from '../env.ts';
import { entriesOf, type ViewerPlace } from '../token/policy.ts';

/** Where a viewer is: what the platform knows, and the page that plays, as far as its browser tells. */
export function viewerPlaceOf(request: Request, env: Env): ViewerPlace {
  const { country } = (request.cf as CfPlace | undefined) ?? env.CF_JSON ?? {};
  const isKnown = country !== undefined && /^[A-Z]{2}$/.test(country) && country !== 'XX' && country !== 'T1';
  return {
    country: isKnown ? country : null,
    address: request.headers.get('cf-connecting-ip'),
    site: siteOf(request),
    isForPage: isForPage(request),
  };
}

/** By the headers that no page can set (Fetch Metadata); browsers without them tell by the page's host, if at all. */
function isForPage(request: Request): boolean {
  const { headers, url } = request;
  if (headers.get('sec-fetch-dest') === 'document') return false;
  const from = headers.get('sec-fetch-site');
  if (from !== null) return from !== 'same-origin' && from !== 'none';
  const site = siteOf(request);
  return site !== null ? site !== new URL(url).host : headers.has('origin');
}

/** Every entry that a list of sites can hold the page that asks by; none when its browser does not say what page that is. */
export function siteEntriesOf(request: Request): readonly string[] {
  const site = siteOf(request);
  return site === null ? [] : entriesOf(site);
}

/** Our own pages send no Referer; browsers say that they ask from the same origin. */
function siteOf({ headers, url }: Request): string | null {
  const named = headers.get('origin') ?? headers.get('referer');
  if (named !== null) return URL.parse(named)?.host || null;
  return headers.get('sec-fetch-site') === 'same-origin' ? new URL(url).host : null;
}
