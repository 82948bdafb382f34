import { controlLimits } from '#shared/limits/control.ts';
import { isBroadcastId } from '#shared/model/id.ts';
import { livePartKey, objectKey, recordFile } from '#shared/model/object-name.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { readRecordText } from '../bucket/record-text.ts';
import { clipCount, clipRanges } from './clip-ranges.ts';
import type { Deletion } from './contract/replays.ts';
import { type KeptObjects, keptObjects } from './kept-objects.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** A deletion with what only the next step needs. */
interface DeletionRow extends Deletion {
  readonly cursor: string | null;
  /** Objects removed since the listing began. */
  readonly passRemoved: number;
  /** Its origin still takes it to the bucket. */
  readonly isUploading: 0 | 1;
}

const columns = `d.broadcast, d.channel, d.why, d.state, d.clips, d.cursor, d.pass_removed AS passRemoved,
  d.removed_objects AS removedObjects, d.removed_bytes AS removedBytes, d.created_ms AS createdMs, d.updated_ms AS updatedMs`;

/**
 * Statements that mark broadcasts as deleted and enter the removal of their objects; from then on they are no replays.
 * @param ids SQL that selects `id`, `channel`, `origin` and `why`
 */
export async function deletionStatements(db: D1Database, ids: string, values: readonly unknown[], nowMs: number) {
  const clips = clipCount('b.id');
  const now = `?${values.length + 1}`;
  return [
    db
      .prepare(
        `INSERT INTO deletions (broadcast, channel, origin, why, state, clips, created_ms, updated_ms)
         SELECT b.id, b.channel, b.origin, b.why, 'running', ${clips}, ${now}, ${now} FROM (${ids}) b WHERE TRUE
         ON CONFLICT (broadcast) DO UPDATE SET state = 'running', cursor = NULL, pass_removed = 0, updated_ms = ${now}`,
      )
      .bind(...values, nowMs),
    db.prepare(
      `UPDATE broadcasts SET deleted_ms = d.created_ms, deleted_why = d.why, clips_kept = d.clips
       FROM deletions d WHERE d.broadcast = broadcasts.id AND broadcasts.deleted_ms IS NULL AND d.why <> 'channel_deleted'`,
    ),
  ];
}

/** Deletes one replay and begins to remove its objects; throws `not_found`, and `conflict` while it is live. */
export async function deleteBroadcast(db: D1Database, bucket: Bucket, id: string, nowMs: number): Promise<Deletion> {
  const find = () => db.prepare('SELECT state FROM broadcasts WHERE id = ?1').bind(id).first<{ state: string }>();
  const row = isBroadcastId(id) ? await find() : null;
  if (!row) throw new ProblemError('not_found', 'There is no such broadcast.');
  if (row.state !== 'ended') {
    throw new ProblemError('conflict', 'This broadcast is not over. Disable its channel or stop its encoder first.');
  }
  const ids = "SELECT id, channel, origin, 'asked' AS why FROM broadcasts WHERE id = ?1";
  await db.batch(await deletionStatements(db, ids, [id], nowMs));
  await stepDeletions(db, bucket, nowMs, { broadcast: id });
  const deletion = await db
    .prepare(`SELECT ${columns} FROM deletions d WHERE d.broadcast = ?1`)
    .bind(id)
    .first<DeletionRow>();
  if (!deletion) throw new ProblemError('not_found', 'There is no such broadcast.');
  return shown(deletion);
}

/** A page of deletions, newest broadcast first, of one channel or all. */
export async function listDeletions(db: D1Database, channel: string | null, page: Page) {
  const { results } = await db
    .prepare(
      `SELECT ${columns} FROM deletions d WHERE (?1 = '' OR d.broadcast < ?1) AND (?3 IS NULL OR d.channel = ?3)
       ORDER BY d.broadcast DESC LIMIT ?2`,
    )
    .bind(page.cursor, page.limit + 1, channel)
    .all<DeletionRow>();
  const deletions = results.slice(0, page.limit).map(shown);
  return { deletions, next: results.length > page.limit ? (deletions.at(-1)?.broadcast ?? null) : null };
}

/**
 * Goes on with deletions, the one that waits longest first, for a bounded number of listings. Each page's end is written
 * down before the next one, so whoever comes next goes on there. A deletion is over when a whole listing, begun long enough
 * after the origin was told, found nothing to remove. One that fails waits for its next turn and keeps no other from going
 * on; only where it is the one that was asked for its error is thrown.
 */
export async function stepDeletions(
  db: D1Database,
  bucket: Bucket,
  nowMs: number,
  { broadcast = null }: { readonly broadcast?: string | null } = {},
): Promise<readonly Deletion[]> {
  const clips = clipCount('d.broadcast');
  const { results } = await db
    .prepare(
      `SELECT ${columns}, COALESCE(json_extract(b.replay, '$.state') = 'uploading', 0) AS isUploading
       FROM deletions d LEFT JOIN broadcasts b ON b.id = d.broadcast
       WHERE (?1 IS NULL OR d.broadcast = ?1) AND (d.state = 'running' OR (d.state = 'held' AND ${clips} < d.clips))
       ORDER BY d.updated_ms LIMIT ?2`,
    )
    .bind(broadcast, controlLimits.deletionsPerRunMax)
    .all<DeletionRow>();
  const stepped: Deletion[] = [];
  let pagesLeft: number = controlLimits.deletionPagesPerRunMax;
  let failuresLeft: number = controlLimits.deletionFailuresPerRunMax;
  for (const row of results) {
    try {
      const { deletion, pages } = await stepOne(db, bucket, row, nowMs, pagesLeft);
      stepped.push(shown(deletion));
      pagesLeft -= pages;
    } catch (error) {
      if (broadcast !== null) throw error;
      console.error(JSON.stringify({ event: 'deletion_failed', broadcast: row.broadcast, error: String(error) }));
      await moveBack(db, row.broadcast, nowMs);
      stepped.push(shown({ ...row, updatedMs: nowMs }));
      failuresLeft--;
    }
    if (pagesLeft <= 0 || failuresLeft <= 0) break;
  }
  return stepped;
}

/** Those that waited longer go first in the next run. */
async function moveBack(db: D1Database, broadcast: string, nowMs: number): Promise<void> {
  await db.prepare('UPDATE deletions SET updated_ms = ?2 WHERE broadcast = ?1').bind(broadcast, nowMs).run();
}

async function stepOne(db: D1Database, bucket: Bucket, row: DeletionRow, nowMs: number, pagesMax: number) {
  const { broadcast } = row;
  const clips = await clipRanges(db, broadcast);
  let deletion: DeletionRow = { ...row, state: 'running', clips: clips.length, updatedMs: nowMs };
  // What a clip needs may still be on its way, and a record that the origin writes last would name what is gone.
  if (clips.length > 0 && row.isUploading) return { deletion: await save(db, deletion), pages: 0 };
  const kept = clips.length === 0 ? null : await trim(bucket, broadcast, clips, row.cursor === null);
  if (kept === 'unreadable') return { deletion: await save(db, { ...deletion, state: 'held' }), pages: 1 };
  if (row.cursor === null) {
    const parts = await removeParts(bucket, broadcast);
    deletion = { ...deletion, passRemoved: parts.objects, ...sums(deletion, parts) };
  }
  let pages = 0;
  while (pages < pagesMax) {
    const page = await bucket.list(objectKey(broadcast, ''), deletion.cursor);
    pages++;
    const doomed = page.objects.filter(({ key }) => !kept?.keys.has(key));
    if (doomed.length > 0) await bucket.remove(doomed.map(({ key }) => key));
    deletion = {
      ...deletion,
      cursor: page.next,
      passRemoved: deletion.passRemoved + doomed.length,
      ...sums(deletion, { objects: doomed.length, sizeBytes: bytesOf(doomed) }),
    };
    if (page.next === null) {
      const isSettled = nowMs - row.createdMs >= controlLimits.deletionSettleMs;
      const isOver = deletion.passRemoved === 0 && isSettled;
      deletion = { ...deletion, passRemoved: 0, state: isOver ? (kept ? 'held' : 'done') : 'running' };
    }
    deletion = await save(db, deletion);
    if (page.next === null) break;
  }
  return { deletion, pages };
}

interface Removed {
  readonly objects: number;
  readonly sizeBytes: number;
}

/** Parts of the live edge that a killed origin left, which no clip needs: a page of them for each pass. */
async function removeParts(bucket: Bucket, broadcast: string): Promise<Removed> {
  const { objects } = await bucket.list(livePartKey(objectKey(broadcast, '')), null);
  if (objects.length > 0) await bucket.remove(objects.map(({ key }) => key));
  return { objects: objects.length, sizeBytes: bytesOf(objects) };
}

function bytesOf(objects: readonly { readonly sizeBytes: number }[]): number {
  return objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function sums({ removedObjects, removedBytes }: Deletion, { objects, sizeBytes }: Removed) {
  return { removedObjects: removedObjects + objects, removedBytes: removedBytes + sizeBytes };
}

/** Takes out of the record what goes, before it goes. Without a record nobody can say what a clip needs: all of it stays. */
async function trim(
  bucket: Bucket,
  broadcast: string,
  clips: readonly { readonly startMs: number; readonly endMs: number }[],
  isBeginning: boolean,
): Promise<KeptObjects | 'unreadable'> {
  const key = objectKey(broadcast, recordFile);
  const stored = await bucket.get(key);
  if (!stored) return 'unreadable';
  const text = await readRecordText(stored.body);
  const kept = keptObjects(broadcast, text, clips);
  if (isBeginning && kept.record !== text) await bucket.put(key, await compress(kept.record));
  return kept;
}

async function compress(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(body).arrayBuffer());
}

async function save(db: D1Database, deletion: DeletionRow): Promise<DeletionRow> {
  const { broadcast, state, clips, cursor, passRemoved, removedObjects, removedBytes, updatedMs } = deletion;
  await db.batch([
    db
      .prepare(
        `UPDATE deletions SET state = ?2, clips = ?3, cursor = ?4, pass_removed = ?5, removed_objects = ?6,
           removed_bytes = ?7, updated_ms = ?8 WHERE broadcast = ?1`,
      )
      .bind(broadcast, state, clips, cursor, passRemoved, removedObjects, removedBytes, updatedMs),
    db.prepare('UPDATE broadcasts SET clips_kept = ?2 WHERE id = ?1').bind(broadcast, clips),
  ]);
  return deletion;
}

function shown({
  broadcast,
  channel,
  why,
  state,
  clips,
  removedObjects,
  removedBytes,
  createdMs,
  updatedMs,
}: Deletion) {
  return { broadcast, channel, why, state, clips, removedObjects, removedBytes, createdMs, updatedMs };
}
