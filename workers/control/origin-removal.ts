import { controlLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { isOriginDead } from './liveness.ts';
import { ProblemError } from './respond.ts';

/** SQL: the origin `?1` is there, was not heard since `?2`, holds nothing, and nobody joined for it since `?3`. */
const isLeft = `id = ?1 AND seen_ms < ?2
  AND NOT EXISTS (SELECT 1 FROM broadcasts WHERE origin = ?1 AND state <> 'ended')
  AND NOT EXISTS (SELECT 1 FROM origin_keys WHERE origin = ?1 AND revoked_ms IS NULL AND created_ms > ?3)`;

/**
 * Takes a dead origin out of the directory, and its key back. What it made stays: its replays are in the bucket. Join tokens
 * stay too: those of a fleet let its others in. Throws `not_found`, and `conflict` while it lives or holds broadcasts.
 */
export async function removeOrigin(db: D1Database, id: string, nowMs: number): Promise<void> {
  const bounds = [id, nowMs - broadcastLimits.originDeadMsMin, nowMs - controlLimits.joinSettleMs] as const;
  const ifLeft = `EXISTS (SELECT 1 FROM origins WHERE ${isLeft})`;
  const [, , removed] = await db.batch([
    db
      .prepare(`UPDATE origin_keys SET revoked_ms = ?4 WHERE origin = ?1 AND revoked_ms IS NULL AND ${ifLeft}`)
      .bind(...bounds, nowMs),
    db.prepare(`DELETE FROM broadcast_copies WHERE origin = ?1 AND ${ifLeft}`).bind(...bounds),
    db.prepare(`DELETE FROM origins WHERE ${isLeft}`).bind(...bounds),
  ]);
  if ((removed?.meta.changes ?? 0) === 0) throw await refusalOf(db, id, nowMs);
}

async function refusalOf(db: D1Database, id: string, nowMs: number): Promise<ProblemError> {
  const row = await db
    .prepare(
      `SELECT seen_ms AS seenMs, (SELECT COUNT(*) FROM broadcasts WHERE origin = ?1 AND state <> 'ended') AS held
       FROM origins WHERE id = ?1`,
    )
    .bind(id)
    .first<{ readonly seenMs: number; readonly held: number }>();
  if (!row) return new ProblemError('not_found', 'There is no such origin.');
  if (row.held > 0 && isOriginDead(row.seenMs, nowMs)) {
    const detail = `Origin ${id} holds broadcasts that are not over: ${row.held}. Another origin with the bucket finishes them; or publish to their channels anew, or delete those.`;
    return new ProblemError('conflict', detail, {
      reason: 'origin_holds_broadcasts',
      fix: 'See which they are: GET /broadcasts.',
    });
  }
  const detail = `Origin ${id} was heard, or joined, a moment ago. Stop it; after ten seconds of silence, a minute after it joined, it can be removed.`;
  return new ProblemError('conflict', detail, { reason: 'origin_alive', fix: 'Stop it, then ask again.' });
}
