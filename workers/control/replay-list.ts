import { controlLimits } from '#shared/limits/control.ts';
import type { Visibility } from '#shared/model/broadcast.ts';
import type { ReplayStatus } from '#shared/model/replay-status.ts';
import type { ReplayItem, ReplaysView } from '#shared/model/view.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { ReplayReport } from '#shared/wire/control.ts';
import { noChannel } from './channels.ts';
import { findCurrent } from './current.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

interface ReplayRow {
  readonly id: string;
  readonly channel: string;
  readonly title: string;
  readonly visibility: Visibility;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly replay: string | null;
}

/** A page of a channel's replays, newest first; throws `not_found`. */
export async function replaysOfChannel(
  db: D1Database,
  channel: string,
  page: Page,
  nowMs: number,
): Promise<ReplaysView> {
  if (!(await findCurrent(db, channel))) throw noChannel();
  const { replays, next } = await listReplays(db, channel, page, nowMs);
  return { replays: replays.map(({ channel: _, ...replay }) => replay), next };
}

/** A page of the replays of one channel, or of all, newest first. */
export async function listReplays(db: D1Database, channel: string | null, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(
      `SELECT b.id, b.channel, COALESCE(b.title, c.title) AS title, COALESCE(b.visibility, c.visibility) AS visibility,
         b.started_ms AS startedMs, b.ended_ms AS endedMs, b.replay
       FROM broadcasts b JOIN channels c ON c.id = b.channel
       WHERE ${channel === null ? '?1 IS NULL' : 'b.channel = ?1'} AND b.state = 'ended' AND b.deleted_ms IS NULL AND (?2 = '' OR b.id < ?2)
       ORDER BY b.id DESC LIMIT ?3`,
    )
    .bind(channel, page.cursor, page.limit + 1)
    .all<ReplayRow>();
  const replays = results.slice(0, page.limit).map((row) => ({ channel: row.channel, ...item(row, nowMs) }));
  return { replays, next: results.length > page.limit ? (replays.at(-1)?.id ?? null) : null };
}

function item({ id, title, visibility, startedMs, endedMs, replay }: ReplayRow, nowMs: number): ReplayItem {
  const status = replay === null ? unheard(endedMs, nowMs) : (JSON.parse(replay) as ReplayStatus);
  const at = { broadcast: id } as const;
  return {
    ...{ id, title, visibility, startedMs, endedMs, ...status },
    hls: formatPlaybackPath({ kind: 'multivariant', ...at }),
    dash: formatPlaybackPath({ kind: 'mpd', ...at }),
    poster: formatPlaybackPath({ kind: 'poster', ...at }),
    thumbnails: formatPlaybackPath({ kind: 'thumbnails', ...at }),
  };
}

/** Its origin has not said anything yet; one that never does was lost with what it had. */
function unheard(endedMs: number, nowMs: number): ReplayStatus {
  const state = nowMs - endedMs > controlLimits.replayUnheardMsMax ? 'failed' : 'uploading';
  return { state, uploaded: 0, sizeBytes: 0, durationMs: 0, gapMs: 0 };
}

/** Stores what an origin says of a finished broadcast; throws `not_found`, and `forbidden` for another's. */
export async function storeReplay(db: D1Database, report: ReplayReport): Promise<void> {
  const { broadcast, origin, state, uploaded, sizeBytes, durationMs, gapMs } = report;
  const status: ReplayStatus = { state, uploaded, sizeBytes, durationMs, gapMs };
  const { meta } = await db
    .prepare('UPDATE broadcasts SET replay = ?3 WHERE id = ?1 AND origin = ?2')
    .bind(broadcast, origin, JSON.stringify(status))
    .run();
  if (meta.changes > 0) return;
  const row = await db.prepare('SELECT 1 AS yes FROM broadcasts WHERE id = ?1').bind(broadcast).first();
  if (row) throw new ProblemError('forbidden', 'This broadcast belongs to another origin.');
  throw new ProblemError('not_found', 'There is no such broadcast. It or its channel may have been deleted.');
}
