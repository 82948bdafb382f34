import { edgeLimits } from '#shared/limits/edge.ts';
import type { PlayedPage } from '#shared/route/page-path.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { putPopNote, readPopNote } from '../cache/pop-notes.ts';
import { lookUpBroadcast } from './broadcast-lookup.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { lookUpClip } from './clip-lookup.ts';
import { popOf } from './place.ts';
import type { Visit } from './visit.ts';

type Sites = readonly string[] | null;

/** A list as it was known at `atMs`, ms since the Unix epoch. */
interface Noted {
  readonly sites: Sites;
  readonly atMs: number;
}

const noted = new ByteLru<Noted>(edgeLimits.resolveEntriesMax, edgeLimits.resolveEntriesMax);

/**
 * Sites that what a page plays may be shown on; null: any. While the catalogue is away, what this isolate or its PoP knew of
 * it within the last hour.
 * @throws what the catalogue threw, when nothing is known
 */
export async function sitesOfPlayed(visit: Visit, played: PlayedPage): Promise<Sites> {
  const path = `/embed-sites/${played.kind}/${played.id}`;
  const pop = popOf(visit.request, visit.env);
  try {
    const found = await lookUp(visit, played);
    // Nothing plays there; and what is not there need not be remembered.
    if (!found) return null;
    const now = { sites: found.sites, atMs: Date.now() };
    if (isNews(noted.get(path), now)) {
      noted.set(path, now, 1);
      visit.ctx.waitUntil(putPopNote(pop, path, JSON.stringify(now), edgeLimits.embedSitesMsMax));
    }
    return found.sites;
  } catch (error) {
    const known = noted.get(path) ?? (JSON.parse((await readPopNote(pop, path)) ?? 'null') as Noted | null);
    if (known && Date.now() - known.atMs < edgeLimits.embedSitesMsMax) return known.sites;
    throw error;
  }
}

function isNews(known: Noted | undefined, { sites, atMs }: Noted): boolean {
  if (!known || atMs - known.atMs >= edgeLimits.embedSitesNotedMs) return true;
  return JSON.stringify(known.sites) !== JSON.stringify(sites);
}

function lookUp({ env, ctx, ...visit }: Visit, { kind, id }: PlayedPage): Promise<{ readonly sites: Sites } | null> {
  switch (kind) {
    case 'channel':
      return lookUpChannel(id, env.DB, ctx, visit.resolve);
    case 'replay':
      return lookUpBroadcast(id, env.DB, ctx, visit.resolveBroadcast);
    case 'clip':
      return lookUpClip(id, env.DB, ctx, visit.resolveClip);
  }
}
