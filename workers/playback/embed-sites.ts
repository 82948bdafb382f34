import { edgeLimits } from '#shared/limits/edge.ts';
import type { PlayedPage } from '#shared/route/page-path.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { putPopNote, readPopNote } from '../cache/pop-notes.ts';
import { findBroadcast } from './broadcast-lookup.ts';
import type { Found } from './catalogue-lookup.ts';
import { findChannel } from './channel-lookup.ts';
import { findClip } from './clip-lookup.ts';
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
 * Sites that what a page plays may be shown on; null: any. While the catalogue is away, the newest that this isolate and its
 * PoP knew of it within the last hour.
 * @throws what the catalogue threw, or an error of its own, when nothing of that hour is known
 */
export async function sitesOfPlayed(visit: Visit, played: PlayedPage): Promise<Sites> {
  const path = `/embed-sites/${played.kind}/${played.id}`;
  const pop = popOf(visit.request, visit.env);
  let remembered: Noted | null = null;
  let cause: unknown;
  try {
    const { value, atMs } = await find(visit, played);
    // Nothing plays there; and what is not there need not be remembered.
    if (!value) return null;
    remembered = { sites: value.sites, atMs };
    if (Date.now() - atMs <= edgeLimits.resolveTtlMs) {
      note(visit, pop, path, remembered);
      return value.sites;
    }
  } catch (error) {
    cause = error;
  }
  const known = newest([remembered, noted.get(path), await readNoted(pop, path)]);
  if (known && Date.now() - known.atMs < edgeLimits.embedSitesMsMax) return known.sites;
  throw cause ?? new Error('the catalogue is away, and what was known of the page is too old');
}

/** Channel of what a page plays; null where that is not there or cannot be told. Never throws. */
export async function channelOfPlayed(
  { env, ctx, resolveBroadcast, resolveClip }: Visit,
  { kind, id }: PlayedPage,
): Promise<string | null> {
  if (kind === 'channel') return id;
  try {
    const { value } =
      kind === 'replay'
        ? await findBroadcast(id, env.DB, ctx, resolveBroadcast)
        : await findClip(id, env.DB, ctx, resolveClip);
    return value?.channel ?? null;
  } catch {
    return null;
  }
}

function note({ ctx }: Visit, pop: string, path: string, now: Noted): void {
  if (!isNews(noted.get(path), now)) return;
  noted.set(path, now, 1);
  ctx.waitUntil(putPopNote(pop, path, JSON.stringify(now), edgeLimits.embedSitesMsMax));
}

function isNews(known: Noted | undefined, { sites, atMs }: Noted): boolean {
  if (!known || atMs - known.atMs >= edgeLimits.embedSitesNotedMs) return true;
  return atMs > known.atMs && JSON.stringify(known.sites) !== JSON.stringify(sites);
}

async function readNoted(pop: string, path: string): Promise<Noted | null> {
  return JSON.parse((await readPopNote(pop, path)) ?? 'null') as Noted | null;
}

/** What another isolate of the PoP noted may be newer than what this one did, and the other way round. */
function newest(all: readonly (Noted | null | undefined)[]): Noted | null {
  return all.reduce<Noted | null>((best, one) => (one && (!best || one.atMs > best.atMs) ? one : best), null);
}

function find(
  { env, ctx, ...visit }: Visit,
  { kind, id }: PlayedPage,
): Promise<Found<{ readonly sites: Sites } | null>> {
  switch (kind) {
    case 'channel':
      return findChannel(id, env.DB, ctx, visit.resolve);
    case 'replay':
      return findBroadcast(id, env.DB, ctx, visit.resolveBroadcast);
    case 'clip':
      return findClip(id, env.DB, ctx, visit.resolveClip);
  }
}
