import type { BroadcastState, ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';
import { channelStateAt, findCurrent } from './current.ts';

/** What playback needs to know of a channel. */
export interface ChannelResolution {
  readonly channel: string;
  readonly visibility: Visibility;
  readonly state: ChannelState;
  /** The open broadcast, else the newest one; null when there was none. */
  readonly broadcast: string | null;
  /** Foreign manifest that the channel plays instead of a broadcast. */
  readonly sourceUrl: string | null;
}

/** Where a broadcast's media comes from. */
export interface BroadcastLocation {
  /** Without trailing slash. */
  readonly originUrl: string;
  /** As the origin last reported it. */
  readonly state: BroadcastState;
  /** It was deleted, and no clip keeps any of it. */
  readonly isGone: boolean;
}

/** Finds a channel and its current broadcast, or null when there is no such channel. */
export async function resolveChannel(
  db: D1Database,
  channel: string,
  nowMs: number,
): Promise<ChannelResolution | null> {
  const row = isChannelName(channel) ? await findCurrent(db, channel) : null;
  if (!row) return null;
  const { state } = channelStateAt(row, nowMs);
  return { channel, visibility: row.visibility, state, broadcast: row.broadcast, sourceUrl: row.sourceUrl };
}

/** Finds the origin of a broadcast, or null when the broadcast is unknown or its origin never sent a heartbeat. */
export async function originOf(db: D1Database, broadcast: string): Promise<BroadcastLocation | null> {
  if (!isBroadcastId(broadcast)) return null;
  const row = await db
    .prepare(
      `SELECT o.url AS originUrl, b.state AS state, b.deleted_ms IS NOT NULL AND b.clips_kept = 0 AS isGone
       FROM broadcasts b JOIN origins o ON o.id = b.origin WHERE b.id = ?1`,
    )
    .bind(broadcast)
    .first<Omit<BroadcastLocation, 'isGone'> & { readonly isGone: 0 | 1 }>();
  return row && { ...row, isGone: row.isGone === 1 };
}
