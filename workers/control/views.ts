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
const recentLists = new Recent<readonly LiveRow[]>(edgeLimits.resolveTtlMs, controlLimits.liveListsMax);

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
  const rows = await recentLists.get(entries.join(' '), nowMs, () => findLive(db, entries, nowMs));
  const channels = rows.map((row): LiveChannel => {
    const { channel, title, height } = row;
    return { channel, title, state: channelStateAt(row, nowMs).state, startedMs: row.startedMs ?? nowMs, height };
  });
  return { channels, pop, nowMs };
}

async function findLive(db: D1Database, entries: readonly string[], nowMs: number): Promise<readonly LiveRow[]> {
  const { results } = await db
    .prepare(
      `SELECT n.*, ${tallest} AS height
       FROM (${selectCurrent} WHERE c.id IN (SELECT channel FROM broadcasts WHERE state IN ('live', 'interrupted'))) n
       JOIN broadcasts b ON b.id = n.broadcast
       WHERE n.visibility = 'public' AND n.disabled = 0 AND n.lostMs IS NULL AND n.signMs + ?2 + n.reconnectWindowMs > ?1
         AND (n.sites IS NULL OR EXISTS (
           SELECT 1 FROM json_each(n.sites) s WHERE s.value IN (SELECT value FROM json_each(?4))))
       ORDER BY n.startedMs DESC, n.channel LIMIT ?3`,
    )
    .bind(nowMs, broadcastLimits.originDeadMsMin, controlLimits.liveChannelsListedMax, JSON.stringify(entries))
    .all<LiveRow>();
  return results;
}
