import { controlLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { JoinAnswer, JoinQuestion } from '#shared/wire/control.ts';
import { apiRates } from '../access/rates.ts';
import { viewerPlaceOf } from '../access/viewer-place.ts';
import type { Env } from '../env.ts';
import { withAudit } from './audit.ts';
import type { JoinTokenDetails } from './contract/join-tokens.ts';
import { findJoinToken, useJoinToken } from './join-tokens.ts';
import { newId } from './new-id.ts';
import { Recent } from './recent.ts';
import { ProblemError } from './respond.ts';
import { hashSecret, isJoinToken } from './secret-text.ts';
import { type OriginKeyName, originSecret, originWireKey, wireKeys } from './wire-keys.ts';

/** A key that an origin joined for. */
export interface OriginKey extends OriginKeyName {
  readonly origin: string;
  readonly revokedMs: number | null;
}

const { originKeyTtlMs, originKeysRemembered } = controlLimits;
/** Ids that somebody made up have a memory of their own: they must not push out keys. */
const recent = new Recent<OriginKey | null>(originKeyTtlMs, originKeysRemembered, (key) => key !== null);
const recentUnknown = new Recent<OriginKey | null>(originKeyTtlMs, originKeysRemembered, (key) => key === null);

/** Whether a key id is one of an origin that joined. */
export function isOriginKid(kid: string): boolean {
  return /^ok_[0-9a-z]{20}$/.test(kid);
}

/** The key of this id, revoked or not; null when there is none. What is told may be seconds old. */
export function findOriginKey(db: D1Database, kid: string, nowMs: number): Promise<OriginKey | null> {
  const read = () =>
    db
      .prepare('SELECT kid, origin, master, revoked_ms AS revokedMs FROM origin_keys WHERE kid = ?1')
      .bind(kid)
      .first<OriginKey>();
  return recent.get(kid, nowMs, () => recentUnknown.get(kid, nowMs, read));
}

/**
 * Exchanges a join token for a key of the origin's own, which is told this once; one that it names goes on instead where it still
 * holds and the token was not made for this origin. Throws `unauthorized`, `forbidden`, `conflict`.
 */
export async function joinOrigin(
  request: Request,
  env: Env,
  { token, origin, kid }: JoinQuestion,
  nowMs: number,
): Promise<JoinAnswer> {
  const found = isJoinToken(token) ? await findJoinToken(env.DB, await hashSecret(token), nowMs) : null;
  if (!found) throw await counted(request, env, 'join_token_unknown');
  if (!(await apiRates(env).mayCall(found.id))) throw tooMany('This join token was sent too often. Wait a minute.');
  if (kid !== undefined && found.origin === null && (await holdsKey(env, origin, kid)))
    return { origin, kid, secret: null };
  if (found.state !== 'good') throw await counted(request, env, `join_token_${found.state}`);
  const asked = { actor: found.id, action: 'joinOrigin', target: origin, channel: null };
  const joined = await withAudit(env.DB, asked, nowMs, async () => {
    await requireFree(env.DB, found, origin, nowMs);
    if (!(await useJoinToken(env.DB, found.id, nowMs))) throw refused('join_token_used_up');
    return { status: 200, answer: await newKey(env, origin, found.id, nowMs) };
  });
  return joined.answer;
}

/** A refusal of a token that lets nobody in; those of one address are counted. */
async function counted(request: Request, env: Env, reason: keyof typeof joinWaysOut): Promise<ProblemError> {
  const { address } = viewerPlaceOf(request, env);
  if (address === null || (await apiRates(env).mayBeUnauthorized(address))) return refused(reason);
  return tooMany('Too many wrong tokens come from this address. Wait a minute.');
}

function tooMany(detail: string): ProblemError {
  return new ProblemError('too_many_requests', detail, { headers: { 'retry-after': '60' } });
}

/** Whether this is the key of the origin, and one that can still be derived. */
async function holdsKey({ DB, WIRE_KEYS }: Env, origin: string, kid: string): Promise<boolean> {
  const name = await DB.prepare(
    'SELECT kid, master FROM origin_keys WHERE kid = ?1 AND origin = ?2 AND revoked_ms IS NULL',
  )
    .bind(kid, origin)
    .first<OriginKeyName>();
  return name !== null && (await originWireKey(WIRE_KEYS, name)) !== null;
}

/** A token for any origin makes new ones: it takes nobody's place. */
async function requireFree(db: D1Database, found: JoinTokenDetails, origin: string, nowMs: number): Promise<void> {
  if (found.origin === origin) return;
  if (found.origin !== null) {
    throw new ProblemError('forbidden', `This join token is for the origin ${found.origin}.`, {
      reason: 'join_token_other_origin',
    });
  }
  const taken = await db
    .prepare(
      `SELECT 1 FROM origins WHERE id = ?1 AND seen_ms > ?2
       UNION ALL SELECT 1 FROM origin_keys WHERE origin = ?1 AND revoked_ms IS NULL AND created_ms > ?3`,
    )
    .bind(origin, nowMs - broadcastLimits.originDeadMsMin, nowMs - controlLimits.joinSettleMs)
    .first();
  if (!taken) return;
  const detail =
    'An origin of this id is at work. Choose another HEADWATER_ORIGIN_ID, or make a join token for this one: headwater origin join-token --origin <id>.';
  throw new ProblemError('conflict', detail, { reason: 'origin_exists' });
}

async function newKey(env: Env, origin: string, token: string, nowMs: number): Promise<JoinAnswer> {
  const [master] = await wireKeys(env.WIRE_KEYS);
  const kid = newId('ok', nowMs);
  const secret = master ? await originSecret(env.WIRE_KEYS, { kid, master: master.kid }) : null;
  if (!master || secret === null) throw new Error('WIRE_KEYS has no key');
  await env.DB.batch([
    env.DB.prepare('UPDATE origin_keys SET revoked_ms = ?2 WHERE origin = ?1 AND revoked_ms IS NULL').bind(
      origin,
      nowMs,
    ),
    env.DB.prepare('INSERT INTO origin_keys (kid, origin, master, token, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)').bind(
      kid,
      origin,
      master.kid,
      token,
      nowMs,
    ),
  ]);
  return { origin, kid, secret };
}

/** Takes back the key of an origin, and the join tokens that it has had: with one of them it would be back. Throws `not_found`. */
export async function revokeOriginKey(db: D1Database, origin: string, nowMs: number): Promise<void> {
  const [revoked] = await db.batch([
    db.prepare('UPDATE origin_keys SET revoked_ms = ?2 WHERE origin = ?1 AND revoked_ms IS NULL').bind(origin, nowMs),
    // Those that can still be used: of the others the list goes on to say why they are over.
    db
      .prepare(
        `UPDATE join_tokens SET revoked_ms = ?2
         WHERE revoked_ms IS NULL AND expires_ms > ?2 AND uses < uses_max
           AND (origin = ?1 OR id IN (SELECT token FROM origin_keys WHERE origin = ?1))`,
      )
      .bind(origin, nowMs),
  ]);
  if (revoked && revoked.meta.changes > 0) return;
  const detail =
    'No origin of this id has a key of its own. One that has the keys of the deployment is kept out by those.';
  throw new ProblemError('not_found', detail);
}

/** Why a join token is not taken, and the way out; docs/protocol/errors.md lists them. */
export const joinWaysOut = Object.freeze({
  join_token_unknown:
    'This is no join token of this deployment. Copy it again, or make one: headwater origin join-token.',
  join_token_expired: 'The time of this join token is over. Make another one: headwater origin join-token.',
  join_token_used_up: 'This join token was used as often as it may be. Make another one: headwater origin join-token.',
  join_token_revoked: 'This join token was revoked. Make another one: headwater origin join-token.',
});

function refused(reason: keyof typeof joinWaysOut): ProblemError {
  return new ProblemError('unauthorized', joinWaysOut[reason], { reason });
}
