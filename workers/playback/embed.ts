import type { Gate } from '../access/gate.ts';
import { presentedToken } from '../access/transport.ts';
import type { Env } from '../env.ts';
import { servePage } from './pages.ts';
import { splitUrl } from './raw-url.ts';

/**
 * The player alone, to be shown in a frame on any site, or on those that its token is bound to: browsers keep that, as far as
 * they are honest. What is played is decided when the page asks for it, whoever shows it.
 */
export async function serveEmbed(request: Request, env: Env, gate: Gate): Promise<Response> {
  const presented = presentedToken(null, splitUrl(request.url).query, new Headers());
  const sites = presented !== null && typeof presented === 'object' ? await gate.sitesOf(presented.token) : null;
  return servePage(request, env, '/embed', sites && frameAncestors(sites));
}

/** Sites of a token as sources of a policy (CSP3 2.3.1): without a port any, `*.` with the host itself. */
export function frameAncestors(sites: readonly string[]): string {
  return sites
    .flatMap((site) => (site.startsWith('*.') ? [site, site.slice(2)] : [site]))
    .map((host) => (/:\d+$/.test(host) ? host : `${host}:*`))
    .flatMap((host) => [`https://${host}`, `http://${host}`])
    .join(' ');
}
