import type { Visibility } from '#shared/model/broadcast.ts';
import { isClipId } from '#shared/model/id.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import { noChannel } from './channels.ts';
import type { ClipWish, MeasureClip } from './clip-tools.ts';
import type { ClipChange, ClipDetails, NewClip } from './contract/clips.ts';
import { findCurrent } from './current.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** A clip as the catalogue has it. Times in ms since the Unix epoch; offsets on the playing time of its segments. */
export interface ClipRow {
  readonly id: string;
  readonly broadcast: string;
  readonly channel: string;
  readonly channelTitle: string;
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly startOffsetMs: number;
  readonly endOffsetMs: number;
  readonly visibility: Visibility;
  /** The channel's, as JSON. */
  readonly sites: string | null;
  readonly createdMs: number;
}

/** When a clip is, and how long. */
type ClipTimes = Pick<ClipDetails, 'startMs' | 'endMs' | 'durationS' | 'startOffsetS' | 'endOffsetS'>;

/** SQL: whom a clip `l` of a broadcast `b` of a channel `c` is open to. Its media is theirs, so that each of them closes it. */
export const clipVisibility = "CASE WHEN 'signed' IN (c.visibility, b.visibility) THEN 'signed' ELSE l.visibility END";

/** SQL: clips with what they are of, for {@link clipVisibility}. */
export const clipsWithOwners = 'clips l JOIN broadcasts b ON b.id = l.broadcast JOIN channels c ON c.id = l.channel';

const select = `
  SELECT l.id, l.broadcast, l.channel, c.title AS channelTitle, l.title, l.start_ms AS startMs, l.end_ms AS endMs,
    l.start_offset_ms AS startOffsetMs, l.end_offset_ms AS endOffsetMs, ${clipVisibility} AS visibility, c.sites,
    l.created_ms AS createdMs
  FROM ${clipsWithOwners}`;

/** Where a clip is played. */
export function clipPaths(clip: string): ClipDetails['playback'] {
  return {
    hls: formatPlaybackPath({ kind: 'clip-multivariant', clip }),
    dash: formatPlaybackPath({ kind: 'clip-mpd', clip }),
    download: formatPlaybackPath({ kind: 'clip-download', clip }),
    page: `/clip/${clip}`,
  };
}

/** The exact times of a clip; breaks of the broadcast do not count into its duration, as nothing plays in them. */
export function timesOf({ startMs, endMs, startOffsetMs, endOffsetMs }: ClipRow): ClipTimes {
  const [startOffsetS, endOffsetS] = [startOffsetMs / 1_000, endOffsetMs / 1_000];
  return { startMs, endMs, durationS: (endOffsetMs - startOffsetMs) / 1_000, startOffsetS, endOffsetS };
}

function details(row: ClipRow): ClipDetails {
  const { id, broadcast, channel, title, visibility, createdMs } = row;
  return { id, broadcast, channel, title, visibility, ...timesOf(row), createdMs, playback: clipPaths(id) };
}

/** Makes a clip of what is there; throws `not_found`, `conflict`, `outside_media` and why its media cannot be had. */
export async function createClip(
  db: D1Database,
  input: NewClip,
  measure: MeasureClip,
  nowMs: number,
): Promise<ClipDetails> {
  const { broadcast, channel } = await sourceOf(db, input);
  if (input.visibility !== undefined) await requireOpenable(db, broadcast, input.visibility);
  const measured = await measure(broadcast, wishOf(input));
  if ('code' in measured) throw new ProblemError(measured.code, measured.detail);
  const id = newId('cl', nowMs);
  const { startMs, endMs, startOffsetMs, endOffsetMs } = measured;
  const { meta } = await db
    .prepare(
      `INSERT INTO clips
         (id, broadcast, channel, title, start_ms, end_ms, start_offset_ms, end_offset_ms, visibility, created_ms)
       SELECT ?1, b.id, c.id, COALESCE(?3, b.title, c.title), ?4, ?5, ?6, ?7,
         COALESCE(?8, b.visibility, c.visibility), ?9
       FROM broadcasts b JOIN channels c ON c.id = b.channel WHERE b.id = ?2 AND b.deleted_ms IS NULL`,
    )
    .bind(
      id,
      broadcast,
      input.title ?? null,
      startMs,
      endMs,
      startOffsetMs,
      endOffsetMs,
      input.visibility ?? null,
      nowMs,
    )
    .run();
  if (meta.changes === 0) {
    throw new ProblemError('gone', `Channel ${channel} or the replay was deleted: nothing of it is kept for a clip.`);
  }
  return getClip(db, id);
}

/** A clip of a signed channel or broadcast is signed too: whoever has no token gets none of its media. */
async function requireOpenable(db: D1Database, broadcast: string, visibility: Visibility): Promise<void> {
  if (visibility === 'signed') return;
  const owners = await db
    .prepare(
      `SELECT c.id AS channel, c.visibility AS ofChannel, b.visibility AS ofBroadcast
       FROM broadcasts b JOIN channels c ON c.id = b.channel WHERE b.id = ?1`,
    )
    .bind(broadcast)
    .first<{ readonly channel: string; readonly ofChannel: Visibility; readonly ofBroadcast: Visibility | null }>();
  const share = 'Share the clip with a link: POST /api/v1/links.';
  if (owners?.ofChannel === 'signed') {
    const detail = `Channel ${owners.channel} is signed, and so is the media of its clips. ${share}`;
    throw new ProblemError('conflict', detail, { reason: 'channel_signed' });
  }
  if (owners?.ofBroadcast === 'signed') {
    const detail = `Broadcast ${broadcast} is signed, and so is the media of its clips. ${share}`;
    throw new ProblemError('conflict', detail, { reason: 'broadcast_signed' });
  }
}

function wishOf({ startMs = 0, endMs = 0, lastS }: NewClip): ClipWish {
  return lastS === undefined ? { startMs, endMs } : { lastMs: Math.round(1_000 * lastS) };
}

async function sourceOf(db: D1Database, input: NewClip): Promise<{ broadcast: string; channel: string }> {
  if (input.channel === undefined) {
    const row = await db
      .prepare('SELECT id AS broadcast, channel FROM broadcasts WHERE id = ?1')
      .bind(input.broadcast ?? '')
      .first<{ broadcast: string; channel: string }>();
    if (!row) throw new ProblemError('not_found', 'There is no such broadcast.');
    return row;
  }
  const current = await findCurrent(db, input.channel);
  if (!current) throw noChannel();
  if (current.sourceUrl !== null) {
    throw new ProblemError('conflict', 'This channel plays a foreign source; clips are made of broadcasts.');
  }
  if (current.broadcast === null) throw new ProblemError('conflict', 'This channel has had no broadcast yet.');
  return { broadcast: current.broadcast, channel: input.channel };
}

/** A clip, or null. */
export function findClip(db: D1Database, id: string): Promise<ClipRow | null> {
  return db.prepare(`${select} WHERE l.id = ?1`).bind(id).first<ClipRow>();
}

/** One clip; throws `not_found`. */
export async function getClip(db: D1Database, id: string): Promise<ClipDetails> {
  const row = isClipId(id) ? await findClip(db, id) : null;
  if (!row) throw noClip();
  return details(row);
}

/** A page of clips, newest first, of one channel, one broadcast or all; and the cursor of the next page. */
export async function listClips(
  db: D1Database,
  { channel, broadcast }: { readonly channel: string | null; readonly broadcast: string | null },
  page: Page,
) {
  // Texts of their own and not one `OR`, which would keep SQLite from using the indexes.
  const owner = `${channel === null ? '?1 IS NULL' : 'l.channel = ?1'} AND ${broadcast === null ? '?2 IS NULL' : 'l.broadcast = ?2'}`;
  const { results } = await db
    .prepare(`${select} WHERE ${owner} AND (?3 = '' OR l.id < ?3) ORDER BY l.id DESC LIMIT ?4`)
    .bind(channel, broadcast, page.cursor, page.limit + 1)
    .all<ClipRow>();
  const clips = results.slice(0, page.limit).map(details);
  return { clips, next: results.length > page.limit ? (clips.at(-1)?.id ?? null) : null };
}

/** Changes what is given; throws `not_found`, and `conflict` where a clip of something closed is to be opened. */
export async function changeClip(db: D1Database, id: string, { title, visibility }: ClipChange) {
  if (visibility !== undefined) await requireOpenable(db, (await getClip(db, id)).broadcast, visibility);
  await db
    .prepare('UPDATE clips SET title = COALESCE(?2, title), visibility = COALESCE(?3, visibility) WHERE id = ?1')
    .bind(id, title ?? null, visibility ?? null)
    .run();
  return getClip(db, id);
}

/** Deletes a clip, and none of the media: that is its broadcast's. Throws `not_found`. */
export async function deleteClip(db: D1Database, id: string): Promise<void> {
  const { meta } = await db.prepare('DELETE FROM clips WHERE id = ?1').bind(id).run();
  if (meta.changes === 0) throw noClip();
}

/** What is thrown wherever a clip is looked for and not there. */
export function noClip(): ProblemError {
  return new ProblemError('not_found', 'There is no such clip.');
}
