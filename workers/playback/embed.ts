import type { PlayedPage } from '#shared/route/page-path.ts';
import { presentedToken } from '../access/transport.ts';
import { lookUpBroadcast } from './broadcast-lookup.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { lookUpClip } from './clip-lookup.ts';
import { servePage } from './pages.ts';
import { splitUrl } from './raw-url.ts';
import type { Visit } from './visit.ts';

type Sites = readonly string[] | null;

/**
 * The player alone, to be shown in a frame on any site, or on those that its channel and its token are bound to: browsers keep
 * that, as far as they are honest. What is played is decided when the page asks for it, whoever shows it.
 */
export async function serveEmbed(visit: Visit, shown: PlayedPage): Promise<Response> {
  const { request, env, access } = visit;
  const presented = presentedToken(null, splitUrl(request.url).query, new Headers());
  const ofToken = presented !== null && typeof presented === 'object' ? await access.sitesOf(presented.token) : null;
  // Nothing plays while the catalogue is away, wherever the page is shown.
  const ofChannel = await channelSites(visit, shown).catch(() => null);
  const lists = [ofToken, ofChannel].filter((sites) => sites !== null);
  return servePage(request, env, shown.kind === 'channel' ? '/embed' : '/embed-replay', lists.map(frameAncestors));
}

async function channelSites({ env, ctx, ...visit }: Visit, { kind, id }: PlayedPage): Promise<Sites> {
  switch (kind) {
    case 'channel':
      return (await lookUpChannel(id, env.DB, ctx, visit.resolve))?.sites ?? null;
    case 'replay':
      return (await lookUpBroadcast(id, env.DB, ctx, visit.resolveBroadcast))?.sites ?? null;
    case 'clip':
      return (await lookUpClip(id, env.DB, ctx, visit.resolveClip))?.sites ?? null;
  }
}

/** A list of sites as sources of a policy (CSP3 2.3.1): without a port any, `*.` with the host itself. */
export function frameAncestors(sites: readonly string[]): string {
  return sites
    .flatMap((site) => (site.startsWith('*.') ? [site, site.slice(2)] : [site]))
    .map((host) => (/:\d+$/.test(host) ? host : `${host}:*`))
    .flatMap((host) => [`https://${host}`, `http://${host}`])
    .join(' ');
}
