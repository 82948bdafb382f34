import type { Carry, Pathways } from './options.ts';

/** What lies behind a URI: only playlists carry the query; a report must stay relative (rfc8216bis 4.4.5.4). */
export type UriRole = 'playlist' | 'report' | 'media' | 'other';

/** Where a URI points from, as far as its text tells. */
export type UriForm = 'relative' | 'root' | 'absolute' | 'unknown';

const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const authorityPattern = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/;

/** `//host/x` and `https://…` are absolute, `/x` leads from the root. */
export function uriForm(uri: string): UriForm {
  if (uri === '') return 'unknown';
  const first = uri.charCodeAt(0);
  if (first === 0x2f) return uri.charCodeAt(1) === 0x2f ? 'absolute' : 'root';
  if (first === 0x7b) return 'unknown'; // a variable, {$name}: only whoever defines it knows
  return schemePattern.test(uri) ? 'absolute' : 'relative';
}

/** `https://host:port` of an absolute URI; empty for others. */
export function authorityOf(uri: string): string {
  return authorityPattern.exec(uri)?.[0] ?? '';
}

/** A URI as it is written after rewriting. */
export function carryUri(uri: string, form: UriForm, role: UriRole, carry: Carry): string {
  const moved = moveUri(uri, form, role, carry);
  const query = carry.query ?? '';
  const isForeign = form === 'absolute' && moved === uri;
  if (query === '' || (role !== 'playlist' && role !== 'report') || isForeign) return moved;
  return appendQuery(moved, query);
}

function moveUri(uri: string, form: UriForm, role: UriRole, { prefix = '', root = '', hosts }: Carry): string {
  if (form === 'relative') return role === 'report' && uriForm(prefix) !== 'relative' ? uri : prefix + uri;
  if (form === 'root') return root + uri;
  if (form === 'absolute' && hosts) {
    const authority = authorityPattern.exec(uri)?.[0];
    const other = authority === undefined ? undefined : hosts[authority.toLowerCase()];
    if (authority !== undefined && other !== undefined) return other + uri.slice(authority.length);
  }
  return uri;
}

/** The URIs of pathways and of their steering server, carried as a manifest's own are. */
export function carryPathways({ serverUri, list }: Pathways, carry: Carry | undefined): Pathways {
  if (!carry) return { serverUri, list };
  const { query: _, ...rest } = carry;
  const move = (uri: string) => carryUri(uri, uriForm(uri), 'other', rest);
  return {
    serverUri: move(serverUri),
    list: list.map(({ id, base }) => ({ id, base: move(base) || (carry.prefix ?? '') })),
  };
}

/** Adds parameters behind those that are there, in front of a fragment. */
export function appendQuery(uri: string, query: string): string {
  const hashAt = uri.indexOf('#');
  const base = hashAt < 0 ? uri : uri.slice(0, hashAt);
  const fragment = hashAt < 0 ? '' : uri.slice(hashAt);
  return `${base}${base.includes('?') ? '&' : '?'}${query}${fragment}`;
}
