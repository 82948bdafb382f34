import type { TokenAlgorithm } from './ports.ts';
import type { PublicJwk } from './signing-key.ts';

/** A row of the catalogue's signing keys that checks tokens. Times in ms since the Unix epoch. */
export interface KeyRow {
  readonly kid: string;
  readonly channel: string | null;
  /** Null for a key set. */
  readonly algorithm: TokenAlgorithm | null;
  /** JSON of a JWK, or of the last read key set. */
  readonly publicJwk: string | null;
  readonly sealed: string | null;
  readonly jwksUrl: string | null;
  readonly fetchedMs: number;
  readonly triedMs: number;
  readonly untilMs: number | null;
}

/** What a key id leads to. */
export interface KeySource {
  readonly row: KeyRow;
  /** Null for a key whose secret is sealed in the row. */
  readonly jwk: PublicJwk | null;
}

const select = `
  SELECT kid, channel, algorithm, public_jwk AS publicJwk, sealed, jwks_url AS jwksUrl, fetched_ms AS fetchedMs,
    tried_ms AS triedMs, until_ms AS untilMs
  FROM signing_keys WHERE killed_ms IS NULL AND (until_ms IS NULL OR until_ms > ?1)`;

/** Every key that checks tokens now, oldest first. */
export async function readKeyRows(db: D1Database, nowMs: number, rowsMax: number): Promise<readonly KeyRow[]> {
  const statement = db.prepare(`${select} ORDER BY created_ms, kid LIMIT ?2`);
  const { results } = await statement.bind(nowMs, rowsMax).all<KeyRow>();
  return results;
}

/** Takes the turn to read a key set again; false when somebody else has. */
export async function claimKeySet(db: D1Database, row: KeyRow, nowMs: number): Promise<boolean> {
  const { meta } = await db
    .prepare('UPDATE signing_keys SET tried_ms = ?2 WHERE kid = ?1 AND tried_ms = ?3 AND killed_ms IS NULL')
    .bind(row.kid, nowMs, row.triedMs)
    .run();
  return meta.changes > 0;
}

/** Keeps a key set for every isolate. */
export async function storeKeySet(
  db: D1Database,
  kid: string,
  keys: readonly PublicJwk[],
  nowMs: number,
): Promise<void> {
  await db
    .prepare('UPDATE signing_keys SET public_jwk = ?2, fetched_ms = ?3 WHERE kid = ?1 AND killed_ms IS NULL')
    .bind(kid, JSON.stringify({ keys }), nowMs)
    .run();
}

/**
 * By key id, which several rows may name: key sets are their owners'. A key that was entered by itself goes before one of a
 * set, and an older row before a younger one.
 */
export function sourcesOf(rows: readonly KeyRow[]): ReadonlyMap<string, readonly KeySource[]> {
  const sources = new Map<string, KeySource[]>();
  const add = (kid: string, source: KeySource) => sources.set(kid, [...(sources.get(kid) ?? []), source]);
  for (const row of rows) {
    if (row.jwksUrl === null) add(row.kid, { row, jwk: row.publicJwk ? JSON.parse(row.publicJwk) : null });
  }
  for (const row of rows) {
    for (const jwk of row.jwksUrl === null ? [] : keysOfSet(row.publicJwk)) if (jwk.kid) add(jwk.kid, { row, jwk });
  }
  return sources;
}

/** The one that counts for a channel: its own, else the deployment's. */
export function sourceFor(sources: readonly KeySource[] | undefined, channel: string | null): KeySource | undefined {
  return sources?.find(({ row }) => row.channel === channel) ?? sources?.find(({ row }) => row.channel === null);
}

/** The keys of a set as it was stored. */
export function keysOfSet(text: string | null): readonly PublicJwk[] {
  return text === null ? [] : (JSON.parse(text) as { keys: PublicJwk[] }).keys;
}
