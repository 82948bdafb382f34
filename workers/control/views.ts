import { controlLimits } from '#shared/limits/control.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { isChannelName, isClipId } from '#shared/model/id.ts';
import type { ClipView, LiveChannel, LiveView, WatchView } from '#shared/model/view.ts';
import { noChannel, playbackPaths } from './channels.ts';
import { type ClipRow, clipPaths, findClip, noClip, timesOf } from './clips.ts';
import { type CurrentRow, channelStateAt, findCurrent, selectCurrent } from './current.ts';
import { Recent } from './recent.ts';
import type { RequireViewer } from './sessions.ts';
import { sitesOf } from './sites-column.ts';

const recentChannels = new Recent<CurrentRow | null>(edgeLimits.resolveTtlMs, edgeLimits.resolveEntriesMax);

/** What the watch page needs; throws `not_found`, or what `requireViewer` throws for a channel that needs a token. */
export async function watchView(
  db: D1Database,
  channel: string,
  pop: string,
  nowMs: number,
  requireViewer: RequireViewer,
): Promise<WatchView> {
  if (!isChannelName(channel)) throw noChannel();
  const row = await recentChannels.get(channel, nowMs, () => findCurrent(db, channel));
  if (!row) throw noChannel();
  const { state, interruptedUntilMs, endedMs } = channelStateAt(row, nowMs);
  const { visibility } = row;
  await requireViewer({ visibility, sites: sitesOf(row.sites), channel, broadcast: row.broadcast, state });
  const { title, latency, broadcast, startedMs } = row;
  const { hls, dash } = playbackPaths(channel);
  return { channel, title, state, latency, broadcast, startedMs, endedMs, interruptedUntilMs, hls, dash, pop, nowMs };
}

const recentClips = new Recent<ClipRow | null>(edgeLimits.resolveTtlMs, edgeLimits.resolveEntriesMax);

/** What the page of a clip needs; throws `not_found`, or what `requireViewer` throws for a clip that needs a token. */
export async function watchClipView(
  db: D1Database,
  id: string,
  pop: string,
  nowMs: number,
  requireViewer: RequireViewer,
): Promise<ClipView> {
  const row = isClipId(id) ? await recentClips.get(id, nowMs, () => findClip(db, id)) : null;
  if (!row) throw noClip();
  const { title, channel, channelTitle, broadcast, createdMs, startMs, endMs } = row;
  const open = { visibility: row.visibility, sites: sitesOf(row.sites) };
  await requireViewer({ ...open, channel, broadcast, state: 'ended', clip: { id, startMs, endMs }, scopes: ['clip'] });
  const of = { clip: row.id, title, channel, channelTitle, broadcast, createdMs };
  return { ...of, ...timesOf(row), ...clipPaths(row.id), pop, nowMs };
}

interface LiveRow extends CurrentRow {
  readonly height: number | null;
}

interface ListedRow extends LiveRow {
  /** Sites that it may be shown on; null: any. */
  readonly listedFor: readonly string[] | null;
}

/** By whether they are for some sites only. Nothing of who asks is in the keys: that would be a query for each Origin made up. */
const recentLists = new Recent<readonly ListedRow[]>(edgeLimits.resolveTtlMs, 2);

const tallest = `(SELECT MAX(json_extract(r.value, '$.height')) FROM json_each(b.report, '$.renditions') r)`;

/**
 * Public channels that are live or interrupted now, newest first.
 * @param entries by which lists of sites can hold the page that asks: what may not be shown there is not listed
 */
export async function liveView(
  db: D1Database,
  pop: string,
  entries: readonly string[],
  nowMs: number,
): Promise<LiveView> {
  const { liveChannelsListedMax } = controlLimits;
  const open = recentLists.get('open', nowMs, () => findLive(db, 'n.sites IS NULL', liveChannelsListedMax, nowMs));
  const forSites = entries.length === 0 ? [] : liveFor(db, entries, nowMs);
  const rows = (await Promise.all([open, forSites])).flat().sort(byNewest).slice(0, liveChannelsListedMax);
  const channels = rows.map((row): LiveChannel => {
    const { channel, title, height } = row;
    return { channel, title, state: channelStateAt(row, nowMs).state, startedMs: row.startedMs ?? nowMs, height };
  });
  return { channels, pop, nowMs };
}

async function liveFor(db: D1Database, entries: readonly string[], nowMs: number): Promise<readonly ListedRow[]> {
  const { liveForSitesMax } = controlLimits;
  const load = () => findLive(db, 'n.sites IS NOT NULL', liveForSitesMax, nowMs);
  const rows = await recentLists.get('for some sites', nowMs, load);
  const wanted = new Set(entries);
  return rows.filter(({ listedFor }) => listedFor?.some((entry) => wanted.has(entry)));
}

/** As the catalogue orders them. */
function byNewest(a: LiveRow, b: LiveRow): number {
  return (b.startedMs ?? 0) - (a.startedMs ?? 0) || (a.channel < b.channel ? -1 : 1);
}

async function findLive(
  db: D1Database,
  which: 'n.sites IS NULL' | 'n.sites IS NOT NULL',
  limit: number,
  nowMs: number,
): Promise<readonly ListedRow[]> {
  const { results } = await db
    .prepare(
      `SELECT n.*, ${tallest} AS height
       FROM (${selectCurrent} WHERE c.id IN (SELECT channel FROM broadcasts WHERE state IN ('live', 'interrupted'))) n
       JOIN broadcasts b ON b.id = n.broadcast
       WHERE n.visibility = 'public' AND n.disabled = 0 AND n.lostMs IS NULL AND n.signMs + ?2 + n.reconnectWindowMs > ?1
         AND ${which}
       ORDER BY n.startedMs DESC, n.channel LIMIT ?3`,
    )
    .bind(nowMs, broadcastLimits.originDeadMsMin, limit)
    .all<LiveRow>();
  return results.map((row) => ({ ...row, listedFor: sitesOf(row.sites) }));
}
