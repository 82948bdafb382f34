import { signingLimits } from '#shared/limits/access.ts';
import type { Env } from '../env.ts';
import { accessKeys } from './access-keys.ts';
import { fetchJwks } from './jwks.ts';
import {
  claimKeySet,
  type KeyRow,
  type KeySource,
  readKeyRows,
  sourceFor,
  sourcesOf,
  storeKeySet,
} from './key-rows.ts';
import type { KeyRing, TokenAlgorithm, VerifyingKey } from './ports.ts';
import { unseal } from './sealing.ts';
import { importPublicJwk, importSecret, isKid } from './signing-key.ts';

type RingEnv = Pick<Env, 'DB' | 'ACCESS_KEYS' | 'JWKS_HOSTS'>;
type WaitUntil = (work: Promise<unknown>) => void;

/** What this isolate knows: finished values only, for a promise that another request made must not be waited for. */
interface Snapshot {
  readonly rows: readonly KeyRow[];
  readonly sources: ReadonlyMap<string, readonly KeySource[]>;
  readonly readMs: number;
}

let snapshot: Snapshot | null = null;
/** Others go on with the old snapshot while one request reads the new one. */
let nextReadMs = 0;
let unknownReads = { sinceMs: 0, count: 0 };
const imported = new Map<string, CryptoKey>();

/**
 * The deployment's verifying keys.
 * @param waitUntil where a key set may be read again behind a request; without it the request waits
 */
export function keyRing(env: RingEnv, waitUntil?: WaitUntil): KeyRing {
  return { find: (kid, channel) => find(env, kid, channel, waitUntil) };
}

async function find(
  env: RingEnv,
  kid: string,
  channel: string | null,
  waitUntil: WaitUntil | undefined,
): Promise<VerifyingKey | null> {
  if (!isKid(kid)) return null;
  const nowMs = Date.now();
  const pick = ({ sources }: Snapshot) => sourceFor(sources.get(kid), channel);
  const known = await current(env.DB, nowMs);
  // Whoever brings a token to another channel is told so.
  const source =
    pick(known) ?? (await findUnknown(env, pick, known, nowMs)) ?? (snapshot ?? known).sources.get(kid)?.[0];
  if (!source || (source.row.untilMs !== null && source.row.untilMs <= nowMs)) return null;
  if (source.row.jwksUrl !== null && !(await isSetUsable(env, source.row, nowMs, waitUntil))) return null;
  return { kid, ...(await verifyingKey(env, kid, source)) };
}

async function current(db: D1Database, nowMs: number): Promise<Snapshot> {
  const held = snapshot;
  if (held && nowMs < nextReadMs) return held;
  try {
    nextReadMs = nowMs + signingLimits.ringTtlMs;
    return await read(db, nowMs);
  } catch (cause) {
    nextReadMs = nowMs + signingLimits.ringUnknownMs;
    if (held && nowMs - held.readMs < signingLimits.ringStaleMsMax) return held;
    throw new Error('signing keys: the catalogue does not answer and none are remembered', { cause });
  }
}

async function read(db: D1Database, nowMs: number): Promise<Snapshot> {
  const rows = await readKeyRows(db, nowMs, signingLimits.keysMax);
  const fresh = { rows, sources: sourcesOf(rows), readMs: nowMs };
  if (!snapshot || snapshot.readMs <= nowMs) snapshot = fresh;
  const used = new Set([...fresh.sources].flatMap(([kid, sources]) => sources.map((source) => nameOf(kid, source))));
  for (const name of imported.keys()) if (!used.has(name)) imported.delete(name);
  return fresh;
}

/** A key may be a second old, or new in a customer's set; but a stranger's flood of invented ids reads little. */
async function findUnknown(
  env: RingEnv,
  pick: (snapshot: Snapshot) => KeySource | undefined,
  known: Snapshot,
  nowMs: number,
): Promise<KeySource | undefined> {
  if (nowMs - unknownReads.sinceMs >= signingLimits.ringUnknownMs) unknownReads = { sinceMs: nowMs, count: 0 };
  if (unknownReads.count >= signingLimits.ringUnknownReadsMax) return undefined;
  unknownReads.count++;
  const fresh = known.readMs === nowMs ? known : await read(env.DB, nowMs).catch(() => known);
  const source = pick(fresh);
  if (source) return source;
  const due = fresh.rows.filter((row) => row.jwksUrl !== null && isDue(row, nowMs));
  const answers = await Promise.all(due.map((row) => readSet(env, row, nowMs)));
  if (!answers.includes(true)) return undefined;
  return pick(await read(env.DB, nowMs));
}

function isDue(row: KeyRow, nowMs: number): boolean {
  return nowMs - Math.max(row.triedMs, row.fetchedMs) >= signingLimits.jwksUnknownMs;
}

/** Starts reading a set that is past its time, and tells whether what is known of it may still be used. */
async function isSetUsable(env: RingEnv, row: KeyRow, nowMs: number, waitUntil?: WaitUntil): Promise<boolean> {
  const ageMs = nowMs - row.fetchedMs;
  if (ageMs < signingLimits.jwksTtlMs) return true;
  if (isDue(row, nowMs)) {
    const reading = readSet(env, row, nowMs);
    if (waitUntil) waitUntil(reading);
    else await reading;
  }
  return ageMs < signingLimits.jwksTtlMs + signingLimits.jwksStaleMsMax;
}

/** True when the set was read and stored; never throws. */
async function readSet(env: RingEnv, row: KeyRow, nowMs: number): Promise<boolean> {
  try {
    if (row.jwksUrl === null || !(await claimKeySet(env.DB, row, nowMs))) return false;
    const keys = await fetchJwks(row.jwksUrl, env.JWKS_HOSTS);
    if (typeof keys === 'string') {
      console.warn(JSON.stringify({ event: 'key_set_not_read', kid: row.kid, reason: keys }));
      return false;
    }
    await storeKeySet(env.DB, row.kid, keys, nowMs);
    nextReadMs = 0;
    return true;
  } catch (error) {
    console.warn(JSON.stringify({ event: 'key_set_not_read', kid: row.kid, reason: String(error) }));
    return false;
  }
}

async function verifyingKey(env: RingEnv, kid: string, { row, jwk }: KeySource): Promise<Omit<VerifyingKey, 'kid'>> {
  const algorithm = (row.algorithm ?? jwk?.alg) as TokenAlgorithm;
  const name = nameOf(kid, { row, jwk });
  const key = imported.get(name) ?? (jwk ? await importPublicJwk(jwk) : await importSealed(env, row, algorithm));
  imported.set(name, key);
  return { channel: row.channel, algorithm, key, untilMs: row.untilMs };
}

async function importSealed(env: RingEnv, row: KeyRow, algorithm: TokenAlgorithm): Promise<CryptoKey> {
  const secret = await unseal(await accessKeys(env.ACCESS_KEYS), row.kid, row.sealed ?? '');
  return importSecret(algorithm, secret, 'verify');
}

/** Names a key by what it is made of, so that a changed set is not answered with an old key. */
function nameOf(kid: string, { row, jwk }: KeySource): string {
  return `${kid} ${jwk ? `${jwk.x}${jwk.y ?? ''}` : row.sealed}`;
}
