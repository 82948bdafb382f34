import type { BroadcastState, ChannelState, LatencyMode, Visibility } from '#shared/model/broadcast.ts';
import { lostMsOf, type StateNow, stateAt } from './liveness.ts';
import type { RetentionColumns } from './retention-policy.ts';

/** A channel joined with its current broadcast: the open one, else the newest that was not deleted. */
export interface CurrentRow extends RetentionColumns {
  readonly channel: string;
  readonly title: string;
  readonly latency: LatencyMode;
  readonly visibility: Visibility;
  readonly reconnectWindowMs: number;
  readonly slate: 0 | 1;
  readonly disabled: 0 | 1;
  readonly createdMs: number;
  readonly broadcast: string | null;
  readonly broadcastState: BroadcastState | null;
  readonly stateMs: number | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly signMs: number | null;
  readonly lostMs: number | null;
  readonly sourceUrl: string | null;
  /** JSON; see sites-column.ts. */
  readonly sites: string | null;
}

/** Selects {@link CurrentRow}s; a WHERE over `c` (channels), `b` (broadcasts) and `o` (origins) may follow. */
export const selectCurrent = `
  SELECT c.id AS channel, c.title, c.latency, c.visibility, c.reconnect_window_ms AS reconnectWindowMs,
    c.slate, c.disabled, c.created_ms AS createdMs, b.id AS broadcast, b.state AS broadcastState, b.state_ms AS stateMs,
    b.started_ms AS startedMs, b.ended_ms AS endedMs, MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) AS signMs,
    ${lostMsOf} AS lostMs, c.source_url AS sourceUrl, c.sites, c.keep_days AS keepDays, c.keep_last AS keepLast
  FROM channels c
  LEFT JOIN broadcasts b ON b.id = COALESCE(
    (SELECT id FROM broadcasts WHERE channel = c.id AND state <> 'ended'),
    (SELECT MAX(id) FROM broadcasts WHERE channel = c.id AND deleted_ms IS NULL))
  LEFT JOIN origins o ON o.id = b.origin`;

/** The channel's current row, or null when there is no such channel. */
export function findCurrent(db: D1Database, channel: string): Promise<CurrentRow | null> {
  return db.prepare(`${selectCurrent} WHERE c.id = ?1`).bind(channel).first<CurrentRow>();
}

const never = { state: 'waiting', interruptedUntilMs: null, endedMs: null } as const;

/** The state of a channel at a time; `waiting` when nobody has published yet, `live` when it plays a foreign source. */
export function channelStateAt(row: CurrentRow, nowMs: number): Omit<StateNow, 'state'> & { state: ChannelState } {
  const { broadcastState: state, stateMs, signMs, lostMs, endedMs, reconnectWindowMs } = row;
  if (row.sourceUrl !== null) return { ...never, state: 'live' };
  if (state === null || stateMs === null || signMs === null) return never;
  return stateAt({ state, stateMs, signMs, lostMs, endedMs, reconnectWindowMs }, nowMs);
}
