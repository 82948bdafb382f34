import { controlLimits } from '#shared/limits.ts';

/** Notes that viewers somewhere got old playlists of a broadcast; one that is not live has none that grow. */
export async function noteStale(db: D1Database, broadcast: string, nowMs: number): Promise<void> {
  await db
    .prepare(`UPDATE broadcasts SET edge_stale_ms = ?2 WHERE id = ?1 AND state = 'live'`)
    .bind(broadcast, nowMs)
    .run();
}

/** A statement for the live broadcasts of an origin of which that was noted a moment ago. */
export function staleOf(db: D1Database, origin: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(`SELECT id FROM broadcasts WHERE origin = ?1 AND state <> 'ended' AND edge_stale_ms > ?2`)
    .bind(origin, nowMs - controlLimits.edgeStaleForMs);
}
