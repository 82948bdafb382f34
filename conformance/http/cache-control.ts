import type { Exchange } from './exchange.ts';

/** Directives of Cache-Control in lower case; a directive without a value is `true` (RFC 9111, 5.2). */
export function cacheDirectives(exchange: Exchange): ReadonlyMap<string, string | true> {
  const found = new Map<string, string | true>();
  for (const item of (exchange.headers['cache-control'] ?? '').split(',')) {
    const [name = '', value] = item.trim().split('=');
    if (name !== '') found.set(name.toLowerCase(), value === undefined ? true : value.replaceAll('"', ''));
  }
  return found;
}

/** How long a shared cache may keep an answer, seconds; null where the answer does not say (RFC 9111, 4.2.1). */
export function sharedLifetimeS(exchange: Exchange): number | null {
  const directives = cacheDirectives(exchange);
  if (directives.has('no-store') || directives.has('no-cache') || directives.has('private')) return 0;
  for (const name of ['s-maxage', 'max-age']) {
    const value = Number(directives.get(name));
    if (directives.has(name) && Number.isFinite(value)) return value;
  }
  const expires = Date.parse(exchange.headers.expires ?? '');
  const date = Date.parse(exchange.headers.date ?? '');
  if (exchange.headers.expires !== undefined) return Number.isNaN(expires - date) ? 0 : (expires - date) / 1000;
  return null;
}

/** `Cache-Control: …` as it was seen, for evidence. */
export function cacheControlSeen(exchange: Exchange): string {
  const value = exchange.headers['cache-control'];
  return value === undefined ? 'no Cache-Control' : `Cache-Control: ${value}`;
}
