import { formatPlaybackPath } from '#shared/route/route.ts';
import type { ChannelChange, ChannelDetails, NewChannel } from './contract/channels.ts';
import { type CurrentRow, channelStateAt, findCurrent, selectCurrent } from './current.ts';
import { deletionStatements } from './deletions.ts';
import { deleteImportsOf } from './import-jobs.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import { retentionColumns, retentionOf } from './retention-policy.ts';
import type { Page } from './schemas.ts';
import { sitesColumn, sitesOf } from './sites-column.ts';

/** Where a channel is played. */
export function playbackPaths(channel: string): ChannelDetails['playback'] {
  return {
    hls: formatPlaybackPath({ kind: 'live-multivariant', channel }),
    dash: formatPlaybackPath({ kind: 'live-mpd', channel }),
    watch: `/watch/${channel}`,
  };
}

function details(row: CurrentRow, nowMs: number): ChannelDetails {
  return {
    id: row.channel,
    title: row.title,
    latency: row.latency,
    visibility: row.visibility,
    reconnectWindowMs: row.reconnectWindowMs,
    slate: row.slate === 1,
    disabled: row.disabled === 1,
    sourceUrl: row.sourceUrl,
    sites: sitesOf(row.sites),
    retention: retentionOf(row),
    createdMs: row.createdMs,
    state: channelStateAt(row, nowMs).state,
    broadcast: row.broadcast,
    playback: playbackPaths(row.channel),
  };
}

/** Creates a channel; throws `conflict` when its id is taken. */
export async function createChannel(db: D1Database, input: NewChannel, nowMs: number): Promise<ChannelDetails> {
  const id = input.id ?? newId('ch', nowMs);
  const { title, latency, visibility, reconnectWindowMs, sourceUrl } = input;
  const { keepDays, keepLast } = retentionColumns(input.retention);
  const { meta } = await db
    .prepare(
      `INSERT INTO channels
         (id, title, latency, visibility, reconnect_window_ms, created_ms, source_url, slate, keep_days, keep_last, sites)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING`,
    )
    .bind(
      ...[id, title, latency, visibility, reconnectWindowMs, nowMs, sourceUrl, Number(input.slate), keepDays, keepLast],
      sitesColumn(input.sites),
    )
    .run();
  if (meta.changes === 0) throw new ProblemError('conflict', `There is a channel ${id} already. Choose another id.`);
  return getChannel(db, id, nowMs);
}

/** One channel; throws `not_found`. */
export async function getChannel(db: D1Database, id: string, nowMs: number): Promise<ChannelDetails> {
  const row = await findCurrent(db, id);
  if (!row) throw noChannel();
  return details(row, nowMs);
}

/** A page of channels by id, all or the only one that is asked for, and the cursor of the next page. */
export async function listChannels(db: D1Database, only: string | null, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(
      `${selectCurrent} WHERE c.id > ?1 AND ${only === null ? '?3 IS NULL' : 'c.id = ?3'} ORDER BY c.id LIMIT ?2`,
    )
    .bind(page.cursor, page.limit + 1, only)
    .all<CurrentRow>();
  const channels = results.slice(0, page.limit).map((row) => details(row, nowMs));
  return { channels, next: results.length > page.limit ? (channels.at(-1)?.id ?? null) : null };
}

/** Changes what is given and ends the open broadcast of a channel that gets disabled; throws `not_found`. */
export async function changeChannel(db: D1Database, id: string, change: ChannelChange, nowMs: number) {
  const { title, latency, visibility, reconnectWindowMs, slate, disabled, sourceUrl, sites, retention } = change;
  const { keepDays, keepLast } = retentionColumns(retention ?? { keep: 'all' });
  const flag = (value: boolean | undefined) => (value === undefined ? null : Number(value));
  await db.batch([
    db
      .prepare(
        `UPDATE channels SET title = COALESCE(?2, title), latency = COALESCE(?3, latency),
           visibility = COALESCE(?4, visibility), reconnect_window_ms = COALESCE(?5, reconnect_window_ms),
           disabled = COALESCE(?6, disabled), source_url = IIF(?7, ?8, source_url),
           slate = COALESCE(?9, slate), keep_days = IIF(?10, ?11, keep_days), keep_last = IIF(?10, ?12, keep_last),
           sites = IIF(?13, ?14, sites)
         WHERE id = ?1`,
      )
      .bind(
        id,
        title ?? null,
        latency ?? null,
        visibility ?? null,
        reconnectWindowMs ?? null,
        flag(disabled),
        Number(sourceUrl !== undefined),
        sourceUrl ?? null,
        flag(slate),
        Number(retention !== undefined),
        keepDays,
        keepLast,
        Number(sites !== undefined),
        sitesColumn(sites ?? null),
      ),
    db
      .prepare(
        `UPDATE broadcasts SET state = 'ended', state_ms = ?2, updated_ms = ?2, ended_ms = ?2
         WHERE channel = ?1 AND state <> 'ended' AND EXISTS (SELECT 1 FROM channels WHERE id = ?1 AND disabled = 1)`,
      )
      .bind(id, nowMs),
  ]);
  return getChannel(db, id, nowMs);
}

/**
 * Deletes a channel with its keys, broadcasts, replays and imports; throws `not_found`. Its origin hears so at its next heartbeat, and
 * what lies in the bucket is removed by the retention's next runs.
 */
export async function deleteChannel(db: D1Database, id: string, nowMs: number): Promise<void> {
  const ids = "SELECT id, channel, origin, 'channel_deleted' AS why FROM broadcasts WHERE channel = ?1";
  const results = await db.batch([
    ...(await deletionStatements(db, ids, [id], nowMs)),
    deleteImportsOf(db, id, nowMs),
    db.prepare('DELETE FROM channels WHERE id = ?1 RETURNING id').bind(id),
  ]);
  if (results.at(-1)?.results.length === 0) throw noChannel();
}

/** What is thrown wherever a channel is looked for and not there. */
export function noChannel(): ProblemError {
  return new ProblemError('not_found', 'There is no such channel.');
}
