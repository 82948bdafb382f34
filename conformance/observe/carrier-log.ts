import { runLimits } from '../limits.ts';
import type { Carrier, SeenCarrier } from '../manifest/carrier.ts';

/** Keeps the URIs that manifests have, of those with the same carrier, place and query the newest. */
export class CarrierLog {
  readonly #seen = new Map<string, SeenCarrier>();

  get carriers(): readonly SeenCarrier[] {
    return [...this.#seen.values()];
  }

  /** @param document URL that the manifest was asked for under, without directives */
  add(document: string, carriers: readonly Carrier[]): void {
    for (const carrier of carriers) {
      const key = `${document} ${carrier.tag} ${wayOf(carrier)}`;
      if (this.#seen.size >= runLimits.carriersMax && !this.#seen.has(key)) return;
      this.#seen.set(key, { ...carrier, document });
    }
  }
}

/** Host, folder and names of the query. */
function wayOf({ uri, url }: Carrier): string {
  const target = url === null ? null : URL.parse(url);
  if (!target) return uri;
  const folder = target.pathname.replace(/[^/]*$/, '');
  return `${target.origin}${folder}?${[...target.searchParams.keys()].sort().join('&')}`;
}
