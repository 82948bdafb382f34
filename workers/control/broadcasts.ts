import { broadcastLimits } from '#shared/limits/origin.ts';
import type { BroadcastHealth, Visibility } from '#shared/model/broadcast.ts';
import type { Finding } from '#shared/model/finding.ts';
import { isBroadcastId } from '#shared/model/id.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import type { BroadcastChange, BroadcastDetails, BroadcastFilters } from './contract/broadcasts.ts';
import { type BroadcastSigns, lostMsOf, stateAt } from './liveness.ts';
import { ProblemError } from './respond.ts';

/** The part of an origin's report that is kept as JSON. */
export interface StoredReport {
  readonly source: SourceDescription | null;
  readonly renditions: readonly Rendition[];
  readonly findings: readonly Finding[];
  readonly health: BroadcastHealth | null;
}

interface BroadcastRow extends BroadcastSigns {
  readonly id: string;
  readonly channel: string;
  readonly origin: string;
  readonly title: string | null;
  readonly visibility: Visibility | null;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly deletedMs: number | null;
  readonly deletedWhy: string | null;
  readonly report: string | null;
}

function select(report: 'b.report' | 'NULL', index: '' | 'INDEXED BY broadcasts_open' = ''): string {
  return `
    SELECT b.id, b.channel, b.origin, b.title, b.visibility, b.state, b.state_ms AS stateMs, b.started_ms AS startedMs,
      b.updated_ms AS updatedMs, b.ended_ms AS endedMs, b.deleted_ms AS deletedMs, b.deleted_why AS deletedWhy, ${report} AS report,
      c.reconnect_window_ms AS reconnectWindowMs, MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) AS signMs,
      ${lostMsOf} AS lostMs
    FROM broadcasts b ${index} JOIN channels c ON c.id = b.channel LEFT JOIN origins o ON o.id = b.origin`;
}

function details(row: BroadcastRow, nowMs: number): BroadcastDetails {
  const { id, channel, origin, title, visibility, startedMs, updatedMs, deletedMs, deletedWhy } = row;
  return {
    id,
    channel,
    origin,
    title,
    visibility,
    ...stateAt(row, nowMs),
    startedMs,
    updatedMs,
    deletedMs,
    deletedWhy,
  };
}

/** The state that {@link stateAt} tells of a row at ?4, where ?5 is how long a dead origin was silent. */
const stateTold = `CASE
  WHEN b.state = 'ended' OR b.origin <> b.lost_origin THEN 'ended'
  WHEN ?4 - MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) <= ?5 THEN b.state
  WHEN ?4 >= MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) + ?5 + c.reconnect_window_ms THEN 'ended'
  ELSE 'interrupted' END`;

/** A page of broadcasts, newest first, of one channel or of all, in one state or any; and the cursor of the next page. */
export async function listBroadcasts(db: D1Database, filters: BroadcastFilters, nowMs: number) {
  const { channel = null, state = null, since = 0, cursor, limit } = filters;
  // Two texts and not one `OR`, which would keep SQLite from using the index of channels.
  const owner = channel === null ? '?1 IS NULL' : 'b.channel = ?1';
  // What is not told to be over is open. SQLite would look for the few of them through all that ever were, in the order asked for.
  const isOpen = state !== null && state !== 'ended';
  const among = isOpen
    ? `${select('NULL', 'INDEXED BY broadcasts_open')} WHERE b.state <> 'ended' AND`
    : `${select('NULL')} WHERE`;
  const { results } = await db
    .prepare(
      `${among} ${owner} AND (?2 = '' OR b.id < ?2) AND b.started_ms >= ?7
         AND (?6 IS NULL OR ${stateTold} = ?6) ORDER BY b.id DESC LIMIT ?3`,
    )
    .bind(channel, cursor, limit + 1, nowMs, broadcastLimits.originDeadMsMin, state, since)
    .all<BroadcastRow>();
  const broadcasts = results.slice(0, limit).map((row) => details(row, nowMs));
  return { broadcasts, next: results.length > limit ? (broadcasts.at(-1)?.id ?? null) : null };
}

/** One broadcast with its origin's last report, null before the first; throws `not_found`. */
export async function getBroadcast(db: D1Database, id: string, nowMs: number) {
  const statement = db.prepare(`${select('b.report')} WHERE b.id = ?1`).bind(id);
  const row = isBroadcastId(id) ? await statement.first<BroadcastRow>() : null;
  if (!row) throw new ProblemError('not_found', 'There is no such broadcast.');
  const report = row.report === null ? null : (JSON.parse(row.report) as StoredReport);
  return { ...details(row, nowMs), report };
}

/** Changes what is given, null back to what the channel says; throws `not_found`. */
export async function changeBroadcast(db: D1Database, id: string, change: BroadcastChange, nowMs: number) {
  const { title, visibility } = change;
  if (isBroadcastId(id)) {
    await db
      .prepare(
        `UPDATE broadcasts SET title = CASE ?2 WHEN 1 THEN ?3 ELSE title END,
           visibility = CASE ?4 WHEN 1 THEN ?5 ELSE visibility END WHERE id = ?1`,
      )
      .bind(id, Number(title !== undefined), title ?? null, Number(visibility !== undefined), visibility ?? null)
      .run();
  }
  return getBroadcast(db, id, nowMs);
}
