import { broadcastLimits } from '#shared/limits/origin.ts';

const heard = 'MAX(updated_ms, COALESCE((SELECT seen_ms FROM origins o WHERE o.id = broadcasts.origin), 0))';

/**
 * Notes which live broadcasts are not heard of any more, and which are again; triggers tell it as `channel.interrupted` and
 * `channel.resumed`. Their state is left alone: an origin that was only cut off goes on where it was.
 */
export async function noteSilentOrigins(db: D1Database, nowMs: number): Promise<void> {
  const deadMs = nowMs - broadcastLimits.originDeadMsMin;
  await db.batch([
    db
      .prepare(`UPDATE broadcasts SET silent_ms = ?1 WHERE state = 'live' AND silent_ms IS NULL AND ${heard} < ?2`)
      .bind(nowMs, deadMs),
    db
      .prepare(
        `UPDATE broadcasts SET silent_ms = NULL WHERE state = 'live' AND silent_ms IS NOT NULL AND ${heard} >= ?1`,
      )
      .bind(deadMs),
  ]);
}
