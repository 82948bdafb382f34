import { controlLimits } from '#shared/limits/control.ts';
import type { Role } from './contract/access.ts';
import type { ApiTokenDetails, NewApiToken } from './contract/api-tokens.ts';
import { newId } from './new-id.ts';
import type { Principal } from './principal.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';
import { formatSecret, hashSecret, isApiToken } from './secret-text.ts';

const columns = `id, role, channel, label, created_by AS createdBy, created_ms AS createdMs, expires_ms AS expiresMs,
  last_used_ms AS lastUsedMs, revoked_ms AS revokedMs`;

/** A new token with its clear text, which is told this once; throws `not_found`, `bad_request`, `conflict`. */
export async function createToken(db: D1Database, input: NewApiToken, createdBy: string, nowMs: number) {
  const { role, channel, label, expiresMs } = input;
  if (expiresMs !== null && expiresMs <= nowMs) throw new ProblemError('bad_request', 'expiresMs: is in the past.');
  const id = newId('tk', nowMs);
  const token = formatSecret(id);
  const { meta } = await db
    .prepare(
      `INSERT INTO api_tokens (id, hash, role, channel, label, created_by, created_ms, expires_ms)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
       WHERE (?4 IS NULL OR EXISTS (SELECT 1 FROM channels WHERE id = ?4))
         AND (SELECT COUNT(*) FROM api_tokens WHERE revoked_ms IS NULL AND COALESCE(expires_ms, ?7 + 1) > ?7) < ?9`,
    )
    .bind(id, await hashSecret(token), role, channel, label, createdBy, nowMs, expiresMs, controlLimits.apiTokensMax)
    .run();
  if (meta.changes > 0) {
    return {
      id,
      role,
      channel,
      label,
      createdBy,
      createdMs: nowMs,
      expiresMs,
      lastUsedMs: null,
      revokedMs: null,
      token,
    };
  }
  const known = await db.prepare('SELECT 1 FROM channels WHERE id = ?1').bind(channel).first();
  if (channel !== null && !known) throw new ProblemError('not_found', 'There is no such channel.');
  throw new ProblemError('conflict', `There are ${controlLimits.apiTokensMax} tokens at most. Revoke one first.`);
}

/** A page of tokens, newest first. */
export async function listTokens(db: D1Database, page: Page) {
  const { results } = await db
    .prepare(`SELECT ${columns} FROM api_tokens WHERE ?1 = '' OR id < ?1 ORDER BY id DESC LIMIT ?2`)
    .bind(page.cursor, page.limit + 1)
    .all<ApiTokenDetails>();
  const tokens = results.slice(0, page.limit);
  return { tokens, next: results.length > page.limit ? (tokens.at(-1)?.id ?? null) : null };
}

/** Revokes a token, once and for all; throws `not_found`. */
export async function revokeToken(db: D1Database, id: string, nowMs: number): Promise<void> {
  const { meta } = await db
    .prepare('UPDATE api_tokens SET revoked_ms = COALESCE(revoked_ms, ?2) WHERE id = ?1')
    .bind(id, nowMs)
    .run();
  if (meta.changes === 0) throw new ProblemError('not_found', 'There is no such token.');
}

interface Row {
  readonly id: string;
  readonly role: Role;
  readonly channel: string | null;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  readonly isNoted: 0 | 1;
}

/** Who holds a token, a sentence about one that is over, or null when it is none of ours. Its use is noted now and then. */
export async function findHolder(db: D1Database, token: string, nowMs: number): Promise<Principal | string | null> {
  if (!isApiToken(token)) return null;
  const row = await db
    .prepare(
      `SELECT id, role, channel, expires_ms AS expiresMs, revoked_ms AS revokedMs,
         COALESCE(last_used_ms, 0) > ?2 AS isNoted FROM api_tokens WHERE hash = ?1`,
    )
    .bind(await hashSecret(token), nowMs - controlLimits.tokenUseNotedMs)
    .first<Row>();
  if (!row) return null;
  if (row.revokedMs !== null) return 'The API token was revoked. Ask an administrator for another one.';
  if (row.expiresMs !== null && row.expiresMs <= nowMs) {
    return 'The time of the API token is over. Ask an administrator for another one.';
  }
  const { id, role, channel } = row;
  if (!row.isNoted) await db.prepare('UPDATE api_tokens SET last_used_ms = ?2 WHERE id = ?1').bind(id, nowMs).run();
  return { id, role, channel };
}
