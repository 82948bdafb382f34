import { controlLimits } from '#shared/limits/control.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { Visibility } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';
import type { ReplayStatus, ShownReplayState } from '#shared/model/replay-status.ts';
import type { ReplayCard, ReplayList, ReplayView } from '#shared/model/replay-view.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { noChannel } from './channels.ts';
import { type BroadcastSigns, lostMsOf, stateAt } from './liveness.ts';
import { Recent } from './recent.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';
import type { RequireViewer } from './sessions.ts';
import { sitesOf } from './sites-column.ts';
import { type StoredReplay, storedReplay } from './stored-replay.ts';

interface ReplayRow extends BroadcastSigns {
  readonly broadcast: string;
  readonly channel: string;
  readonly title: string;
  readonly visibility: Visibility;
  /** The channel's, as JSON. */
  readonly sites: string | null;
  readonly startedMs: number;
  /** What its origin last said of it, as JSON. */
  readonly replay: string | null;
  /** It had media: its origin named renditions. */
  readonly made: 0 | 1;
  /** It was deleted, and no clip keeps any of it. */
  readonly isGone: 0 | 1;
}

const select = `
  SELECT b.id AS broadcast, b.channel, COALESCE(b.title, c.title) AS title,
    COALESCE(b.visibility, c.visibility) AS visibility, c.sites, b.state, b.state_ms AS stateMs,
    b.started_ms AS startedMs, b.ended_ms AS endedMs, b.replay, c.reconnect_window_ms AS reconnectWindowMs,
    MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) AS signMs, ${lostMsOf} AS lostMs,
    COALESCE(json_array_length(b.report, '$.renditions'), 0) > 0 AS made,
    b.deleted_ms IS NOT NULL AND b.clips_kept = 0 AS isGone
  FROM broadcasts b JOIN channels c ON c.id = b.channel LEFT JOIN origins o ON o.id = b.origin`;

/** First pages, by channel: what strangers make up as a cursor is not remembered. */
const recentShelves = new Recent<Shelf | null>(edgeLimits.resolveTtlMs, edgeLimits.resolveEntriesMax);
const recentRows = new Recent<ReplayRow | null>(edgeLimits.resolveTtlMs, edgeLimits.resolveEntriesMax);

/**
 * What the replay page needs; throws `not_found`, `gone` when nothing is kept, and what `requireViewer` throws where a
 * token is needed.
 */
export async function replayView(
  { db, bucket, pop }: { readonly db: D1Database; readonly bucket: Bucket; readonly pop: string },
  broadcast: string,
  nowMs: number,
  requireViewer: RequireViewer,
): Promise<ReplayView> {
  const find = () => db.prepare(`${select} WHERE b.id = ?1`).bind(broadcast).first<ReplayRow>();
  const row = isBroadcastId(broadcast) ? await recentRows.get(broadcast, nowMs, find) : null;
  if (!row) throw new ProblemError('not_found', 'There is no such broadcast.');
  const { state } = stateAt(row, nowMs);
  const { channel, visibility } = row;
  const scopes = state === 'ended' && { scopes: ['replay', 'clip'] as const };
  await requireViewer({ visibility, sites: sitesOf(row.sites), channel, broadcast, state, ...scopes });
  const card = row.isGone === 1 ? null : await cardOf(row, nowMs, () => storedReplay(bucket, broadcast, nowMs));
  if (!card) throw new ProblemError('gone', 'The recording of this broadcast is not kept any more.');
  const paths = {
    hls: formatPlaybackPath({ kind: 'multivariant', broadcast }),
    dash: formatPlaybackPath({ kind: 'mpd', broadcast }),
    thumbs: `/b/${broadcast}/thumbs.vtt`,
  };
  return { ...card, channel: row.channel, ...paths, pop, nowMs };
}

/** A channel's replays but those that are unlisted or signed of their own, newest first; throws `not_found`, or what `requireViewer` throws where a token is needed. */
export async function listReplays(
  { db, bucket }: { readonly db: D1Database; readonly bucket: Bucket },
  channel: string,
  page: Page,
  nowMs: number,
  requireViewer: RequireViewer,
): Promise<ReplayList> {
  const limit = Math.min(page.limit, controlLimits.replaysListedMax);
  const shelf = isChannelName(channel) ? await shelfOf(db, channel, page.cursor, nowMs) : null;
  if (!shelf) throw noChannel();
  const open = { visibility: shelf.visibility, sites: sitesOf(shelf.sites) };
  await requireViewer({ ...open, channel, broadcast: null, state: 'ended', scopes: ['replay'] });
  const results = shelf.rows;
  const rows = results.slice(0, limit);
  // A record of a day has many megabytes: of what is whole the catalogue knows enough.
  const look = async (row: ReplayRow) => toldOf(row) ?? storedReplay(bucket, row.broadcast, nowMs);
  const cards = await Promise.all(rows.map((row) => cardOf(row, nowMs, () => look(row))));
  const replays = cards.filter((card) => card !== null && card.state !== 'recording') as ReplayCard[];
  return { replays, next: results.length > limit ? (rows.at(-1)?.broadcast ?? null) : null };
}

interface Shelf {
  readonly visibility: Visibility;
  /** The channel's, as JSON. */
  readonly sites: string | null;
  /** One more than is listed at once, when there are more. */
  readonly rows: readonly ReplayRow[];
}

function shelfOf(db: D1Database, channel: string, cursor: string, nowMs: number): Promise<Shelf | null> {
  const read = () => readShelf(db, channel, cursor);
  return cursor === '' ? recentShelves.get(channel, nowMs, read) : read();
}

async function readShelf(db: D1Database, channel: string, cursor: string): Promise<Shelf | null> {
  const [owner, rows] = await db.batch<unknown>([
    db.prepare('SELECT visibility, sites FROM channels WHERE id = ?1').bind(channel),
    db
      .prepare(
        `${select} WHERE b.channel = ?1 AND (?2 = '' OR b.id < ?2) AND b.deleted_ms IS NULL AND made
           AND COALESCE(b.visibility, 'public') = 'public' ORDER BY b.id DESC LIMIT ?3`,
      )
      .bind(channel, cursor, controlLimits.replaysListedMax + 1),
  ]);
  const [found] = (owner?.results ?? []) as Omit<Shelf, 'rows'>[];
  return found ? { ...found, rows: (rows?.results ?? []) as ReplayRow[] } : null;
}

/** Null when there is nothing to play, and nothing will come. */
async function cardOf(row: ReplayRow, nowMs: number, look: () => Promise<StoredReplay>): Promise<ReplayCard | null> {
  const { broadcast, title, startedMs } = row;
  const { state: broadcastState, endedMs } = stateAt(row, nowMs);
  const common = { broadcast, title, startedMs, endedMs, poster: `/b/${broadcast}/poster.jpg` };
  if (broadcastState !== 'ended') return { ...common, state: 'recording', durationS: null };
  const stored = await look();
  const state = replayState(stored, row.made === 1, nowMs - (endedMs ?? nowMs));
  return state && { ...common, state, durationS: stored.kind === 'stored' ? stored.durationS : null };
}

/** What the catalogue says of a replay that is in the bucket; null: it does not know of all of it there. */
function toldOf({ replay }: ReplayRow): StoredReplay | null {
  const status = replay === null ? null : (JSON.parse(replay) as ReplayStatus);
  if (status?.state !== 'ready' && status?.state !== 'partial') return null;
  return { kind: 'stored', isWhole: true, durationS: status.durationMs / 1_000, isPartial: status.state === 'partial' };
}

/**
 * The state of a broadcast that is over; null when there is nothing to play. What an origin has not been able to store
 * for an hour is not waited for.
 */
function replayState(stored: StoredReplay, made: boolean, overMs: number): ShownReplayState | null {
  if (stored.kind === 'stored' && stored.isWhole) return stored.isPartial ? 'partial' : 'ready';
  if (stored.kind !== 'none') return 'uploading';
  return made && overMs < controlLimits.uploadingMsMax ? 'uploading' : null;
}
