import { isBroadcastId, isClipId } from '#shared/model/id.ts';

/** A part of a broadcast by the wall clock, ms since the Unix epoch; null: from its beginning, to its end. */
export interface Slice {
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** What the page's address asks for. */
export type Address =
  | { readonly kind: 'replay'; readonly id: string; readonly slice: Slice | null; readonly fromS: number }
  | { readonly kind: 'clip'; readonly id: string; readonly fromS: number };

/**
 * Reads `/replay/<broadcast>?start=…&end=…` and `/clip/<id>`, both with `?t=<seconds>` to begin at, and the same behind
 * `/embed`; null when the path names neither. A range that is none is left out.
 */
export function addressOf(path: string, search: string): Address | null {
  const [, kind, id = ''] = /^(?:\/embed)?\/(replay|clip)\/([^/]+)\/?$/.exec(path) ?? [];
  const query = new URLSearchParams(search);
  const fromS = Math.max(0, Number(query.get('t')) || 0);
  if (kind === 'clip' && isClipId(id)) return { kind, id, fromS };
  if (kind !== 'replay' || !isBroadcastId(id)) return null;
  return { kind, id, slice: sliceOf(query.get('start'), query.get('end')), fromS };
}

function sliceOf(start: string | null, end: string | null): Slice | null {
  const [startMs, endMs] = [start, end].map((text) => (text === null ? null : Date.parse(text))) as [number, number];
  const bounds = [startMs, endMs].filter((ms) => ms !== null);
  if (bounds.length === 0 || bounds.some((ms) => !Number.isFinite(ms))) return null;
  return startMs !== null && endMs !== null && endMs <= startMs ? null : { startMs, endMs };
}

/** What a session is asked for, to see what is there. */
export function wishOf({ kind, id }: Address) {
  return kind === 'clip' ? { clip: id } : { broadcast: id };
}

/** The name of what is shown; while nothing is, what the address names. */
export function titleOf(address: Address | null, shown: { readonly title: string } | null): string {
  return shown?.title || (address?.kind === 'clip' ? 'Clip' : 'Replay');
}

/** The path of an address, with the second to begin at. */
export function pathOf(address: Address, atS: number): string {
  const query: string[] = [];
  if (address.kind === 'replay' && address.slice) query.push(...sliceQuery(address.slice));
  if (atS >= 1) query.push(`t=${Math.floor(atS)}`);
  return `/${address.kind}/${address.id}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** The parameters of a slice, for the page and for its playlists alike. */
export function sliceQuery({ startMs, endMs }: Slice): string[] {
  const iso = (ms: number) => new Date(ms).toISOString();
  return [...(startMs === null ? [] : [`start=${iso(startMs)}`]), ...(endMs === null ? [] : [`end=${iso(endMs)}`])];
}
