import { uriLine } from '../hls/carriers.ts';
import { runLimits } from '../limits.ts';
import type { SeenCarrier } from '../manifest/carrier.ts';
import type { RunContext } from './context.ts';
import type { Prober } from './prober.ts';

/** What followers ask for by themselves while it is there, and templates, which are no URLs yet. */
const followed = new Set([uriLine, 'EXT-X-PART', 'EXT-X-PRELOAD-HINT']);

/** Asks for what manifests name and nobody has asked for yet: keys, data, reports, other assets. */
export async function probeCarriers(prober: Prober, { client, carriers }: RunContext): Promise<void> {
  const asked = new Set(client.exchanges.flatMap(({ url, finalUrl }) => [url, finalUrl]));
  const open = carriers.carriers.filter((carrier) => isFetched(carrier) && !asked.has(carrier.url ?? ''));
  const urls = [...new Set(open.map(({ url }) => url ?? ''))];
  for (const url of urls.slice(0, runLimits.renditionsMax * 4)) await prober.ask('carrier', url);
}

/** Whether a player would fetch what a carrier names, as it is written. */
export function isFetched({ tag, url }: SeenCarrier): boolean {
  if (url === null || !/^https?:/.test(url)) return false;
  if (followed.has(tag) || tag === 'BaseURL' || tag === 'ContentSteering') return false;
  return !/\$|%24/.test(url);
}
