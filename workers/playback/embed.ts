import type { PlayedPage } from '#shared/route/page-path.ts';
import { presentedToken } from '../access/transport.ts';
import { channelOfPlayed, sitesOfPlayed } from './embed-sites.ts';
import { servePage } from './pages.ts';
import { splitUrl } from './raw-url.ts';
import type { Visit } from './visit.ts';

/**
 * The player alone, to be shown in a frame on any site, or on those that its channel and its token are bound to: browsers keep
 * that, as far as they are honest. What is played is decided when the page asks for it, whoever shows it. While it cannot be
 * told which sites those are, there is no player.
 */
export async function serveEmbed(visit: Visit, shown: PlayedPage): Promise<Response> {
  const { request, env } = visit;
  let lists: readonly (readonly string[])[];
  try {
    lists = (await Promise.all([tokenSites(visit, shown), sitesOfPlayed(visit, shown)])).filter(
      (sites) => sites !== null,
    );
  } catch (error) {
    // Only the kind: what was asked for may be in the words of an error.
    const kind = error instanceof Error ? error.name : typeof error;
    console.error(JSON.stringify({ event: 'embed_sites_unknown', kind: shown.kind, error: kind }));
    return cannotTell();
  }
  return servePage(request, env, shown.kind === 'channel' ? '/embed' : '/embed-replay', lists.map(frameAncestors));
}

async function tokenSites(visit: Visit, shown: PlayedPage): Promise<readonly string[] | null> {
  const presented = presentedToken(null, splitUrl(visit.request.url).query, new Headers());
  if (presented === null || typeof presented !== 'object') return null;
  return visit.access.sitesOf(presented.token, await channelOfPlayed(visit, shown));
}

const againS = 10;

/** Nothing of a channel and no player is in it, so that every site may show it, and viewers read why. */
function cannotTell(): Response {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="${againS}">
<title>The player is not there right now</title>
<body style="background:#111;color:#ddd;font:1rem system-ui,sans-serif;display:grid;place-items:center;height:100vh;margin:0">
<p style="padding:1rem;text-align:center">The player is not there right now: it cannot be told which sites may show it.<br>It is tried again every ${againS} seconds.</p></body></html>
`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    'cache-control': 'no-store',
    'retry-after': String(againS),
    'referrer-policy': 'strict-origin',
    'x-content-type-options': 'nosniff',
  };
  return new Response(page, { status: 503, headers });
}

/** A list of sites as sources of a policy (CSP3 2.3.1): without a port any, `*.` with the host itself. */
export function frameAncestors(sites: readonly string[]): string {
  return sites
    .flatMap((site) => (site.startsWith('*.') ? [site, site.slice(2)] : [site]))
    .map((host) => (/:\d+$/.test(host) ? host : `${host}:*`))
    .flatMap((host) => [`https://${host}`, `http://${host}`])
    .join(' ');
}
