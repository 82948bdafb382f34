import { broadcastLimits } from '#shared/limits/origin.ts';
import { adoptionLimits } from '#shared/limits/store.ts';
import type { LatencyMode } from '#shared/model/broadcast.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';

/** A broadcast that a dead origin left, and what its channel says. */
export interface LeftRow {
  readonly id: string;
  /** JSON: id, latency, reconnect window in ms and slate. */
  readonly channel?: string;
}

/** Gives an origin the open broadcasts whose own origin stayed dead past their reconnect windows, to be finished. */
export function claimLeft(db: D1Database, origin: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE broadcasts SET origin = ?1, updated_ms = ?2, lost_ms = COALESCE(lost_ms, ?2), lost_origin = origin
       WHERE state <> 'ended' AND id IN (
         SELECT b.id FROM broadcasts b JOIN channels c ON c.id = b.channel LEFT JOIN origins o ON o.id = b.origin
         WHERE b.state <> 'ended' AND b.origin <> ?1
           AND MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) + ?3 + c.reconnect_window_ms < ?2
         ORDER BY b.id LIMIT ?4)
       RETURNING id, (SELECT json_array(c.id, c.latency, c.reconnect_window_ms, c.slate) FROM channels c
         WHERE c.id = broadcasts.channel) AS channel`,
    )
    .bind(origin, nowMs, broadcastLimits.originDeadMsMin, adoptionLimits.toldMax);
}

/** What the origin is told of one. */
export function readLeft({ id, channel }: LeftRow): PublishAccepted {
  const [name, latency, reconnectWindowMs, slate] = JSON.parse(channel ?? '[]') as [string, LatencyMode, number, 0 | 1];
  const known = { channel: name, latency, reconnectWindowMs, slate: slate === 1 };
  return { accepted: true, broadcast: id, resumed: true, ...known };
}
