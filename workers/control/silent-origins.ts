import { broadcastLimits } from '#shared/limits/origin.ts';

const heard = 'MAX(updated_ms, COALESCE((SELECT seen_ms FROM origins o WHERE o.id = broadcasts.origin), 0))';
const window = '(SELECT reconnect_window_ms FROM channels c WHERE c.id = broadcasts.channel)';
/** Who finishes what another origin left is heard, and does not bring it back. */
const byItsOwn = '(lost_ms IS NULL OR origin = lost_origin)';

/**
 * Notes which live broadcasts are not heard of any more, which are over because of that, and which are heard again; triggers
 * tell it as `channel.interrupted`, `channel.ended` and `channel.resumed`. Their state is left alone: an origin that was only
 * cut off goes on where it was.
 */
export async function noteSilentOrigins(db: D1Database, nowMs: number): Promise<void> {
  const { originDeadMsMin } = broadcastLimits;
  const deadMs = nowMs - originDeadMsMin;
  await db.batch([
    db
      .prepare(`UPDATE broadcasts SET silent_ms = ?1 WHERE state = 'live' AND silent_ms IS NULL AND ${heard} < ?2`)
      .bind(nowMs, deadMs),
    db
      .prepare(
        `UPDATE broadcasts SET lost_ms = ${heard} + ?2 + ${window}, lost_origin = origin
         WHERE state <> 'ended' AND lost_ms IS NULL AND ${heard} + ?2 + ${window} <= ?1`,
      )
      .bind(nowMs, originDeadMsMin),
    db
      .prepare(
        `UPDATE broadcasts SET lost_ms = NULL, lost_origin = NULL
         WHERE state <> 'ended' AND lost_ms IS NOT NULL AND origin = lost_origin AND ${heard} >= ?1`,
      )
      .bind(deadMs),
    db
      .prepare(
        `UPDATE broadcasts SET silent_ms = NULL
         WHERE state = 'live' AND silent_ms IS NOT NULL AND ${byItsOwn} AND ${heard} >= ?1`,
      )
      .bind(deadMs),
  ]);
}
