import { controlLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { BroadcastState, ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName, isClipId } from '#shared/model/id.ts';
import { hasBackup } from './backups.ts';
import { clipsWithOwners, clipVisibility } from './clips.ts';
import { channelStateAt, findCurrent } from './current.ts';
import { type BroadcastSigns, lostMsOf, stateAt } from './liveness.ts';
import { sitesOf } from './sites-column.ts';
import { isShutOut, type OriginKeyName } from './wire-keys.ts';

/** With its list of sites as the catalogue has it. */
type Stored<Resolution> = Omit<Resolution, 'sites'> & { readonly sites: string | null };

/** What playback needs to know of a channel. */
export interface ChannelResolution {
  readonly channel: string;
  readonly visibility: Visibility;
  /** Sites that it may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly state: ChannelState;
  /** The open broadcast, else the newest one; null when there was none. */
  readonly broadcast: string | null;
  readonly endedMs: number | null;
  /** Foreign manifest that the channel plays instead of a broadcast. */
  readonly sourceUrl: string | null;
}

/** What playback needs to know of a clip. */
export interface ClipResolution {
  readonly broadcast: string;
  readonly channel: string;
  readonly title: string;
  /** `signed` when its channel or its broadcast is: nothing of those is open. */
  readonly visibility: Visibility;
  /** Sites that its channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  /** Wall clock, ms since the Unix epoch. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Finds a clip, or null when there is no such clip. */
export async function resolveClip(db: D1Database, clip: string): Promise<ClipResolution | null> {
  if (!isClipId(clip)) return null;
  const row = await db
    .prepare(
      `SELECT l.broadcast, l.channel, l.title, ${clipVisibility} AS visibility, c.sites, l.start_ms AS startMs,
         l.end_ms AS endMs FROM ${clipsWithOwners} WHERE l.id = ?1`,
    )
    .bind(clip)
    .first<Stored<ClipResolution>>();
  return row && { ...row, sites: sitesOf(row.sites) };
}

/** Where an origin is asked, and what is signed with. */
export interface OriginAddress {
  /** Without trailing slash. */
  readonly url: string;
  /** Its own; null: it knows the deployment's. */
  readonly key: OriginKeyName | null;
}

/** Where a broadcast's media comes from. */
export interface BroadcastLocation {
  /** The origins that hold it, the best to ask first; those whose keys were taken back are not here. */
  readonly origins: readonly OriginAddress[];
  /** It is over and its origins were removed: what the bucket lacks nobody has. */
  readonly isOrphaned: boolean;
  /** As its origin last reported it. */
  readonly state: BroadcastState;
  /** As viewers are told: it is over, too, when its origin was silent past the reconnect window, and while another one finishes it. */
  readonly toldState: BroadcastState;
  /** It was deleted, and no clip keeps any of it. */
  readonly isGone: boolean;
  /** A publisher at another origin waits to go on with it, or did a moment ago. */
  readonly hasBackup: boolean;
}

/** Finds a channel and its current broadcast, or null when there is no such channel. */
export async function resolveChannel(
  db: D1Database,
  channel: string,
  nowMs: number,
): Promise<ChannelResolution | null> {
  const row = isChannelName(channel) ? await findCurrent(db, channel) : null;
  if (!row) return null;
  const { state, endedMs } = channelStateAt(row, nowMs);
  const { visibility, broadcast, sourceUrl } = row;
  return { channel, visibility, sites: sitesOf(row.sites), state, broadcast, endedMs, sourceUrl };
}

/** What the gate needs to know of a broadcast. */
export interface BroadcastResolution {
  readonly channel: string;
  readonly visibility: Visibility;
  /** Sites that its channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly state: BroadcastState;
  readonly endedMs: number | null;
  /** It was deleted, and no clip keeps any of it. */
  readonly isGone: boolean;
}

/** Finds a broadcast and whom its channel is open to, or null when it is unknown. */
export async function resolveBroadcast(db: D1Database, broadcast: string): Promise<BroadcastResolution | null> {
  if (!isBroadcastId(broadcast)) return null;
  const row = await db
    .prepare(
      `SELECT b.channel, COALESCE(b.visibility, c.visibility) AS visibility, c.sites, b.state,
         b.ended_ms AS endedMs,
         b.deleted_ms IS NOT NULL AND b.clips_kept = 0 AS isGone
       FROM broadcasts b JOIN channels c ON c.id = b.channel WHERE b.id = ?1`,
    )
    .bind(broadcast)
    .first<Omit<Stored<BroadcastResolution>, 'isGone'> & { readonly isGone: 0 | 1 }>();
  return row && { ...row, sites: sitesOf(row.sites), isGone: row.isGone === 1 };
}

/**
 * Finds the origins of a broadcast, or null when it is unknown, or open and no origin of it ever sent a heartbeat. First the
 * one that makes it, unless it is dead and another lives; then those with a copy. None whose key was taken back is among them,
 * and none that was removed: then what is over has no origin any more, and its replay is in the bucket.
 */
export async function originsOf(db: D1Database, broadcast: string, nowMs: number): Promise<BroadcastLocation | null> {
  if (!isBroadcastId(broadcast)) return null;
  const { results } = await db
    .prepare(
      `SELECT o.url, k.kid, k.master, ${isShutOut('o')} AS isShutOut, b.state, b.state_ms AS stateMs, b.ended_ms AS endedMs, c.reconnect_window_ms AS reconnectWindowMs,
         MAX(b.updated_ms, COALESCE((SELECT seen_ms FROM origins WHERE id = b.origin), 0)) AS signMs, ${lostMsOf} AS lostMs,
         b.deleted_ms IS NOT NULL AND b.clips_kept = 0 AS isGone, b.backup_ms AS backupMs
       FROM broadcasts b JOIN channels c ON c.id = b.channel
       LEFT JOIN origins o ON o.id = b.origin OR o.id IN (SELECT origin FROM broadcast_copies WHERE broadcast = b.id)
       LEFT JOIN origin_keys k ON k.kid = o.wire_kid
       WHERE b.id = ?1 AND (o.id IS NOT NULL OR b.state = 'ended') ORDER BY o.seen_ms < ?2, o.id <> b.origin, o.seen_ms DESC, o.id LIMIT ?3`,
    )
    .bind(broadcast, nowMs - broadcastLimits.originDeadMsMin, controlLimits.originsPerBroadcastMax)
    .all<LocationRow>();
  const [first] = results;
  if (!first) return null;
  const { state, isGone, backupMs } = first;
  const isWaitedFor = state !== 'ended' && hasBackup(backupMs, nowMs);
  const origins = results.flatMap((row) => (row.isShutOut === 0 ? addressOf(row) : []));
  const toldState = stateAt(first, nowMs).state;
  const isOrphaned = results.every(({ url }) => url === null);
  return { origins, isOrphaned, state, toldState, isGone: isGone === 1, hasBackup: isWaitedFor };
}

interface LocationRow extends BroadcastSigns {
  /** Null: no origin of it is there. */
  readonly url: string | null;
  readonly kid: string | null;
  readonly master: string | null;
  readonly isShutOut: 0 | 1;
  readonly isGone: 0 | 1;
  readonly backupMs: number | null;
}

function addressOf({ url, kid, master }: LocationRow): OriginAddress | [] {
  return url === null ? [] : { url, key: kid === null || master === null ? null : { kid, master } };
}

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
