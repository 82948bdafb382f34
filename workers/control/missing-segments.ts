import { controlLimits } from '#shared/limits/control.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { objectKey, segmentFile } from '#shared/model/object-name.ts';
import type { Bucket } from '../bucket/bucket.ts';
import type { Page } from './schemas.ts';

/** A segment that a replay's record names. */
export interface RecordedSegment {
  readonly broadcast: string;
  readonly rendition: string;
  readonly msn: number;
}

/** Enters a segment that could not be found; not of a replay that was deleted, and not endlessly many of one. */
export async function noteMissing(db: D1Database, segment: RecordedSegment, nowMs: number): Promise<void> {
  await db
    .prepare(
      `INSERT INTO missing_segments (broadcast, rendition, msn, seen_ms)
       SELECT id, ?2, ?3, ?4 FROM broadcasts WHERE id = ?1 AND deleted_ms IS NULL
         AND (SELECT COUNT(*) FROM missing_segments WHERE broadcast = ?1) < ?5
       ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms`,
    )
    .bind(segment.broadcast, segment.rendition, segment.msn, nowMs, controlLimits.missingSegmentsMax)
    .run();
}

/** What was missed of a broadcast lately: after a while it is looked for again. */
export async function missingOf(
  db: D1Database,
  broadcast: string,
  nowMs: number,
): Promise<readonly Omit<RecordedSegment, 'broadcast'>[]> {
  const { results } = await db
    .prepare('SELECT rendition, msn FROM missing_segments WHERE broadcast = ?1 AND seen_ms > ?2')
    .bind(broadcast, nowMs - edgeLimits.missingMs)
    .all<{ rendition: string; msn: number }>();
  return results;
}

/** A page of missing segments, newest broadcast first; those that are there again are forgotten. */
export async function listMissing(db: D1Database, bucket: Bucket, page: Page) {
  const limit = Math.min(page.limit, controlLimits.recordsLookedUpMax);
  const [broadcast = '', rendition = '', msn = '0'] = page.cursor.split('/');
  const { results } = await db
    .prepare(
      `SELECT m.broadcast, b.channel, m.rendition, m.msn, m.seen_ms AS seenMs FROM missing_segments m
       JOIN broadcasts b ON b.id = m.broadcast
       WHERE ?1 = '' OR m.broadcast < ?1 OR (m.broadcast = ?1 AND (m.rendition, m.msn) > (?2, ?3))
       ORDER BY m.broadcast DESC, m.rendition, m.msn LIMIT ?4`,
    )
    .bind(broadcast, rendition, Number(msn), limit + 1)
    .all<RecordedSegment & { channel: string; seenMs: number }>();
  const looked = results.slice(0, limit);
  const isBack = await Promise.all(looked.map((segment) => isStored(bucket, segment)));
  await Promise.all(looked.filter((_, i) => isBack[i]).map((segment) => forget(db, segment)));
  const last = looked.at(-1);
  const next = results.length > limit && last ? `${last.broadcast}/${last.rendition}/${last.msn}` : null;
  return { segments: looked.filter((_, i) => !isBack[i]), looked: looked.length, next };
}

async function isStored(bucket: Bucket, { broadcast, rendition, msn }: RecordedSegment): Promise<boolean> {
  const key = objectKey(broadcast, rendition, segmentFile(msn));
  const stored = await bucket.get(key, { offsetBytes: 0, lengthBytes: 1 });
  await stored?.body.cancel();
  return stored !== null;
}

async function forget(db: D1Database, { broadcast, rendition, msn }: RecordedSegment): Promise<void> {
  await db
    .prepare('DELETE FROM missing_segments WHERE broadcast = ?1 AND rendition = ?2 AND msn = ?3')
    .bind(broadcast, rendition, msn)
    .run();
}
