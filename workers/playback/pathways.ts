import type { Env } from '../env.ts';
import type { Region } from '../shield/region.ts';

/** A PoP, or any other way to the same media, that viewers can be steered to. */
export interface SteeredPathway {
  /** Letters, digits, `.`, `-` and `_`. */
  readonly id: string;
  /** Base URL without trailing slash. */
  readonly url: string;
  readonly region: Region;
  /** No viewer is sent there any more, and those that are there move. */
  readonly drained: boolean;
}

/** Continent of a region, as in `request.cf`. */
const continents: Readonly<Record<Region, string>> = Object.freeze({
  wnam: 'NA',
  enam: 'NA',
  weur: 'EU',
  eeur: 'EU',
  apac: 'AS',
  me: 'AS',
  oc: 'OC',
  sam: 'SA',
  afr: 'AF',
});

/** The pathways of the setting `PATHWAYS`; throws with what is wrong in it. */
export function parsePathways(setting: Env['PATHWAYS']): readonly SteeredPathway[] {
  if (setting === undefined || setting === '') return [];
  const list: unknown = typeof setting === 'string' ? JSON.parse(setting) : setting;
  if (!Array.isArray(list)) throw new Error('PATHWAYS is not a list');
  const pathways = list.map(parsePathway);
  if (new Set(pathways.map(({ id }) => id)).size < pathways.length) throw new Error('PATHWAYS has an id twice');
  return pathways;
}

function parsePathway(entry: Partial<Record<keyof SteeredPathway, unknown>> | null): SteeredPathway {
  const { id, url, region, drained = false } = entry ?? {};
  if (typeof id !== 'string' || !/^[A-Za-z0-9._-]{1,32}$/.test(id)) throw new Error('PATHWAYS has an id that is none');
  if (typeof url !== 'string' || !/^https?:\/\/[^/?#"\s]+$/.test(url))
    throw new Error(`PATHWAYS: ${id} has no base URL`);
  if (typeof region !== 'string' || !(region in continents)) throw new Error(`PATHWAYS: ${id} has no known region`);
  return { id, url, region: region as Region, drained: drained === true };
}

/**
 * The pathways for viewers of a place, best first: near ones before far ones, ailing ones behind all others, drained ones at
 * the very end. Ties stay in the order of the setting.
 * @param continent as in `request.cf`
 */
export function rankPathways(
  pathways: readonly SteeredPathway[],
  continent: string | undefined,
  isAiling: (pathway: SteeredPathway) => boolean,
): readonly SteeredPathway[] {
  const rank = (pathway: SteeredPathway) => {
    if (pathway.drained) return 3;
    if (isAiling(pathway)) return 2;
    return continents[pathway.region] === continent ? 0 : 1;
  };
  return pathways.toSorted((a, b) => rank(a) - rank(b));
}

/** A steering manifest (rfc8216bis 7.1, ETSI TS 103 998: both read this). Drained pathways are named only when there are no others. */
export function steeringManifest(ranked: readonly SteeredPathway[], reloadUri: string, ttlS: number): object {
  const open = ranked.filter(({ drained }) => !drained);
  return {
    VERSION: 1,
    TTL: ttlS,
    'RELOAD-URI': reloadUri,
    'PATHWAY-PRIORITY': (open.length > 0 ? open : ranked).map(({ id }) => id),
  };
}
