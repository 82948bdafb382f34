import { controlLimits } from '#shared/limits/control.ts';
import type { JoinTokenDetails, NewJoinToken } from './contract/join-tokens.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';
import { formatSecret, hashSecret } from './secret-text.ts';

const columns = `id, origin, uses_max AS usesMax, uses, label, created_by AS createdBy, created_ms AS createdMs,
  expires_ms AS expiresMs, last_used_ms AS lastUsedMs, revoked_ms AS revokedMs`;

type Row = Omit<JoinTokenDetails, 'state'>;

/** A new token with its clear text, which is told this once; throws `bad_request`, `conflict`. */
export async function createJoinToken(db: D1Database, input: NewJoinToken, createdBy: string, nowMs: number) {
  const { origin, uses: usesMax, label } = input;
  const expiresMs = input.expiresMs ?? nowMs + controlLimits.joinTokenMsDefault;
  if (expiresMs <= nowMs) throw new ProblemError('bad_request', 'expiresMs: is in the past.');
  if (expiresMs > nowMs + controlLimits.joinTokenMsMax) {
    throw new ProblemError('bad_request', 'expiresMs: a join token is good for 30 days at most.');
  }
  const id = newId('jt', nowMs);
  const token = formatSecret(id);
  const [, inserted] = await db.batch([
    db
      .prepare('DELETE FROM join_tokens WHERE id IN (SELECT id FROM join_tokens WHERE expires_ms < ?1 LIMIT ?2)')
      .bind(nowMs - controlLimits.joinTokenKeptMs, controlLimits.joinTokensPurgedMax),
    db
      .prepare(
        `INSERT INTO join_tokens (id, hash, origin, uses_max, label, created_by, created_ms, expires_ms)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE (SELECT COUNT(*) FROM join_tokens WHERE revoked_ms IS NULL AND expires_ms > ?7 AND uses < uses_max) < ?9`,
      )
      .bind(
        id,
        await hashSecret(token),
        origin,
        usesMax,
        label,
        createdBy,
        nowMs,
        expiresMs,
        controlLimits.joinTokensMax,
      ),
  ]);
  if ((inserted?.meta.changes ?? 0) === 0) {
    throw new ProblemError(
      'conflict',
      `There are ${controlLimits.joinTokensMax} join tokens at most. Revoke one first.`,
    );
  }
  const row: Row = {
    ...{ id, origin, usesMax, uses: 0, label, createdBy, createdMs: nowMs, expiresMs },
    ...{ lastUsedMs: null, revokedMs: null },
  };
  return { ...details(row, nowMs), token };
}

/** A page of join tokens, newest first. */
export async function listJoinTokens(db: D1Database, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(`SELECT ${columns} FROM join_tokens WHERE ?1 = '' OR id < ?1 ORDER BY id DESC LIMIT ?2`)
    .bind(page.cursor, page.limit + 1)
    .all<Row>();
  const joinTokens = results.slice(0, page.limit).map((row) => details(row, nowMs));
  return { joinTokens, next: results.length > page.limit ? (joinTokens.at(-1)?.id ?? null) : null };
}

/** Revokes a join token; origins that joined with it stay. Throws `not_found`. */
export async function revokeJoinToken(db: D1Database, id: string, nowMs: number): Promise<void> {
  const { meta } = await db
    .prepare('UPDATE join_tokens SET revoked_ms = COALESCE(revoked_ms, ?2) WHERE id = ?1')
    .bind(id, nowMs)
    .run();
  if (meta.changes === 0) throw new ProblemError('not_found', 'There is no such join token.');
}

function details(row: Row, nowMs: number): JoinTokenDetails {
  return { ...row, state: stateOf(row, nowMs) };
}

function stateOf({ revokedMs, expiresMs, uses, usesMax }: Row, nowMs: number): JoinTokenDetails['state'] {
  if (revokedMs !== null) return 'revoked';
  if (uses >= usesMax) return 'used_up';
  return nowMs >= expiresMs ? 'expired' : 'good';
}

/** A token by its hash, whatever state it is in. */
export async function findJoinToken(db: D1Database, hash: string, nowMs: number): Promise<JoinTokenDetails | null> {
  const row = await db.prepare(`SELECT ${columns} FROM join_tokens WHERE hash = ?1`).bind(hash).first<Row>();
  return row && details(row, nowMs);
}

/** Uses a token once; false when it was used up, revoked or over in the meantime. */
export async function useJoinToken(db: D1Database, id: string, nowMs: number): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE join_tokens SET uses = uses + 1, last_used_ms = ?2
       WHERE id = ?1 AND uses < uses_max AND revoked_ms IS NULL AND expires_ms > ?2`,
    )
    .bind(id, nowMs)
    .run();
  return meta.changes > 0;
}
