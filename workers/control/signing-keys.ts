import { signingLimits } from '#shared/limits/access.ts';
import { accessKeys } from '../access/access-keys.ts';
import { toBase64url } from '../access/base64url.ts';
import { ownersKey } from '../access/desk/revocation-book.ts';
import { type KeySource, keysOfSet, readKeyRows, sourcesOf } from '../access/key-rows.ts';
import type { MintingKey } from '../access/mint.ts';
import type { TokenAlgorithm } from '../access/ports.ts';
import { seal } from '../access/sealing.ts';
import { generateKey, type PublicJwk } from '../access/signing-key.ts';
import type { Env } from '../env.ts';
import type { SigningKeyDetails } from './contract/signing-keys.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import { revokeOne } from './revocations.ts';
import type { Page } from './schemas.ts';

interface Row extends Omit<SigningKeyDetails, 'state' | 'keys'> {
  readonly publicJwk: string | null;
}

const columns = `kid, channel, algorithm, use, public_jwk AS publicJwk, jwks_url AS jwksUrl, created_ms AS createdMs,
  signs_until_ms AS signsUntilMs, until_ms AS untilMs, killed_ms AS killedMs, label`;

function details({ publicJwk, ...row }: Row, nowMs: number): SigningKeyDetails {
  const isSet = row.jwksUrl !== null;
  const keys = isSet ? keysOfSet(publicJwk) : publicJwk ? [JSON.parse(publicJwk) as PublicJwk] : [];
  return { ...row, keys, state: stateOf(row, nowMs) };
}

function stateOf({ killedMs, untilMs }: Pick<Row, 'killedMs' | 'untilMs'>, nowMs: number): SigningKeyDetails['state'] {
  if (killedMs !== null) return 'killed';
  if (untilMs === null) return 'active';
  return untilMs > nowMs ? 'retiring' : 'ended';
}

/** One key; throws `not_found`. */
export async function getSigningKey(db: D1Database, kid: string, nowMs: number): Promise<SigningKeyDetails> {
  const row = await db.prepare(`SELECT ${columns} FROM signing_keys WHERE kid = ?1`).bind(kid).first<Row>();
  if (!row) throw new ProblemError('not_found', 'There is no such signing key.');
  return details(row, nowMs);
}

/** A page of keys by kid, of one channel or all, and the cursor of the next page. */
export async function listSigningKeys(db: D1Database, channel: string | null, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(
      `SELECT ${columns} FROM signing_keys WHERE kid > ?1 AND (?2 IS NULL OR channel = ?2) ORDER BY kid LIMIT ?3`,
    )
    .bind(page.cursor, channel, page.limit + 1)
    .all<Row>();
  const keys = results.slice(0, page.limit).map((row) => details(row, nowMs));
  return { keys, next: results.length > page.limit ? (keys.at(-1)?.kid ?? null) : null };
}

/** What a new row says. */
interface NewRow {
  readonly kid: string;
  readonly channel: string | null;
  readonly algorithm: TokenAlgorithm | null;
  readonly use: 'sign' | 'verify';
  readonly publicJwk: string | null;
  readonly sealed: string | null;
  readonly jwksUrl: string | null;
  readonly label: string;
}

/** Enters a key while there is room; throws `conflict` when there is none, or a key of this id. */
export async function insertKey(db: D1Database, row: NewRow, nowMs: number): Promise<void> {
  const { meta } = await insertStatement(db, row, nowMs).run();
  if (meta.changes > 0) return;
  const taken = await db.prepare('SELECT 1 FROM signing_keys WHERE kid = ?1').bind(row.kid).first();
  throw new ProblemError(
    'conflict',
    taken
      ? 'There is or was a key of this id. Key ids are never used twice: choose another.'
      : `A deployment has at most ${signingLimits.keysMax} signing keys. Kill those that are not needed first.`,
    { reason: taken ? 'kid_taken' : 'keys_full' },
  );
}

function insertStatement(db: D1Database, row: NewRow, nowMs: number): D1PreparedStatement {
  const { kid, channel, algorithm, use, publicJwk, sealed, jwksUrl, label } = row;
  return db
    .prepare(
      `INSERT INTO signing_keys
         (kid, channel, algorithm, use, public_jwk, sealed, jwks_url, fetched_ms, tried_ms, created_ms, label)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8, ?9
       WHERE (SELECT COUNT(*) FROM signing_keys WHERE killed_ms IS NULL AND (until_ms IS NULL OR until_ms > ?8)) < ?10
       ON CONFLICT DO NOTHING`,
    )
    .bind(kid, channel, algorithm, use, publicJwk, sealed, jwksUrl, nowMs, label, signingLimits.keysMax);
}

/** A new key made here. `secret` is told this once, and only of HS256: base64url of its 32 bytes. */
export async function createSigningKey(
  env: Env,
  input: { readonly channel: string | null; readonly algorithm: TokenAlgorithm; readonly label: string },
  nowMs: number,
) {
  const { row, secret } = await makeRow(env, input, nowMs);
  await insertKey(env.DB, row, nowMs);
  return { ...(await getSigningKey(env.DB, row.kid, nowMs)), ...(input.algorithm === 'HS256' && { secret }) };
}

async function makeRow(
  env: Env,
  { channel, algorithm, label }: { channel: string | null; algorithm: TokenAlgorithm; label: string },
  nowMs: number,
): Promise<{ row: NewRow; secret: string }> {
  const kid = newId('pk', nowMs);
  const { secret, publicJwk } = await generateKey(algorithm);
  const sealed = await seal(await accessKeys(env.ACCESS_KEYS), kid, secret);
  const jwk = publicJwk && JSON.stringify({ ...publicJwk, kid });
  const row: NewRow = { kid, channel, algorithm, use: 'sign', publicJwk: jwk, sealed, jwksUrl: null, label };
  return { row, secret: toBase64url(secret) };
}

/** Makes a successor; the old key signs nothing more and is accepted until the overlap ends. Throws `not_found`, `conflict`. */
export async function rotateSigningKey(env: Env, kid: string, overlapMs: number, nowMs: number) {
  const { channel, algorithm, label, state, use } = await getSigningKey(env.DB, kid, nowMs);
  if (use !== 'sign' || algorithm === null) {
    throw new ProblemError('conflict', 'This key is a customer’s own: rotate it there, and import the new one.');
  }
  if (state !== 'active')
    throw new ProblemError('conflict', `This key is ${state} already. Rotate its successor.`, { state });
  const { row, secret } = await makeRow(env, { channel, algorithm, label }, nowMs);
  await insertKey(env.DB, row, nowMs);
  const { meta } = await env.DB.prepare(
    'UPDATE signing_keys SET signs_until_ms = ?2, until_ms = ?3 WHERE kid = ?1 AND until_ms IS NULL AND killed_ms IS NULL',
  )
    .bind(kid, nowMs, nowMs + overlapMs)
    .run();
  if (meta.changes === 0) {
    await env.DB.prepare('DELETE FROM signing_keys WHERE kid = ?1').bind(row.kid).run();
    throw new ProblemError('conflict', 'Somebody else has rotated or killed this key just now.');
  }
  const successor = await getSigningKey(env.DB, row.kid, nowMs);
  return {
    key: { ...successor, ...(algorithm === 'HS256' && { secret }) },
    old: await getSigningKey(env.DB, kid, nowMs),
  };
}

/**
 * The emergency stop: the key is found no more, its secret is destroyed, and every token and session that came from it
 * is refused within seconds; those of other channels' keys are not, whatever their ids. Both are tried even when one fails;
 * calling again repeats both. Throws `not_found`.
 */
export async function killSigningKey(env: Env, kid: string, nowMs: number): Promise<void> {
  const key = await getSigningKey(env.DB, kid, nowMs);
  const kids = key.jwksUrl === null ? [kid] : key.keys.flatMap((jwk) => jwk.kid ?? []);
  const untilMs = nowMs + signingLimits.tokenLifeMsMax;
  const rows = await readKeyRows(env.DB, nowMs, signingLimits.keysMax);
  const others = sourcesOf(rows.filter((row) => row.kid !== kid));
  const values = kids.flatMap((one) => revokedWith(one, key.channel, others.get(one) ?? []));
  const ways = await Promise.allSettled([
    env.DB.prepare('UPDATE signing_keys SET killed_ms = COALESCE(killed_ms, ?2), sealed = NULL WHERE kid = ?1')
      .bind(kid, nowMs)
      .run(),
    ...values.map((value) =>
      revokeOne(env, { kind: 'key', value, issuedBeforeMs: null, untilMs, label: 'key was killed' }),
    ),
  ]);
  const failed = ways.find((way) => way.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What is revoked with a key of a channel, or (null) of the deployment; nothing where its owner has another key of this id. */
function revokedWith(kid: string, channel: string | null, others: readonly KeySource[]): readonly string[] {
  if (others.some(({ row }) => row.channel === channel)) return [];
  return [channel === null && others.length === 0 ? kid : ownersKey(kid, channel)];
}

/** The key that signs for a channel: its own newest, else the deployment's, which is made when there is none. */
export async function mintingKey(env: Env, channel: string | null, nowMs: number): Promise<MintingKey> {
  const found = await findMintingKey(env.DB, channel);
  if (found) return found;
  const { row } = await makeRow(env, { channel: null, algorithm: 'HS256', label: 'made with the first link' }, nowMs);
  // Two first links at the same time: both may make a key, and both are good.
  await insertKey(env.DB, row, nowMs);
  const made = await findMintingKey(env.DB, channel);
  if (!made) throw new Error('a signing key was made and is not found');
  return made;
}

function findMintingKey(db: D1Database, channel: string | null): Promise<MintingKey | null> {
  return db
    .prepare(
      `SELECT kid, algorithm, sealed FROM signing_keys
       WHERE use = 'sign' AND sealed IS NOT NULL AND killed_ms IS NULL AND until_ms IS NULL AND signs_until_ms IS NULL
         AND (channel IS NULL OR channel = ?1)
       ORDER BY channel IS NULL, created_ms DESC, kid DESC LIMIT 1`,
    )
    .bind(channel)
    .first<MintingKey>();
}

/** Public keys of the deployment's own signing keys (RFC 7517 5), for whoever wants to check its tokens. */
export async function publicKeySet(db: D1Database, nowMs: number): Promise<{ keys: readonly PublicJwk[] }> {
  const { results } = await db
    .prepare(
      `SELECT public_jwk AS publicJwk FROM signing_keys
       WHERE use = 'sign' AND public_jwk IS NOT NULL AND killed_ms IS NULL AND (until_ms IS NULL OR until_ms > ?1)
       ORDER BY kid LIMIT ?2`,
    )
    .bind(nowMs, signingLimits.keysMax)
    .all<{ publicJwk: string }>();
  return { keys: results.map((row) => JSON.parse(row.publicJwk) as PublicJwk) };
}
