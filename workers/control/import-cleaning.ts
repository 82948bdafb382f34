import { importLimits } from '#shared/limits/control.ts';
import { importsPrefix } from '#shared/model/object-name.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { giveUp } from './import-jobs.ts';
import { isUnderWay } from './import-rows.ts';

interface EndedRow {
  readonly id: string;
  /** Since when it is over. */
  readonly updatedMs: number;
}

/** Ends imports that nobody goes on with, and removes the parts of those that are over, for a bounded time. */
export async function cleanImports(db: D1Database, bucket: Bucket, nowMs: number): Promise<void> {
  await db.batch([giveUp(db, '', nowMs - importLimits.silentMs, nowMs), abandon(db, nowMs)]);
  const { results } = await db
    .prepare(
      `SELECT id, updated_ms AS updatedMs FROM imports WHERE parts_left = 1 AND NOT (${isUnderWay})
       ORDER BY updated_ms LIMIT ?1`,
    )
    .bind(importLimits.cleanedPerRunMax)
    .all<EndedRow>();
  let pagesLeft: number = importLimits.cleanedPagesPerRunMax;
  for (const row of results) {
    if (pagesLeft <= 0) break;
    pagesLeft -= await removeParts(db, bucket, row, nowMs, pagesLeft);
  }
  await db.prepare('DELETE FROM imports WHERE deleted_ms IS NOT NULL AND parts_left = 0').run();
}

function abandon(db: D1Database, nowMs: number): D1PreparedStatement {
  const hours = importLimits.abandonedMs / 3_600_000;
  return db
    .prepare(
      `UPDATE imports SET state = 'failed', problem_code = 'import_abandoned', problem_detail = ?3, updated_ms = ?1
       WHERE ${isUnderWay} AND state = 'receiving' AND updated_ms < ?2`,
    )
    .bind(nowMs, nowMs - importLimits.abandonedMs, `No part of this file came for ${hours} hours.`);
}

/**
 * Removes what there is of one import. All of it is gone once a listing finds nothing, long enough after the end for what was
 * on its way to have arrived.
 * @returns pages that were listed
 */
async function removeParts(
  db: D1Database,
  bucket: Bucket,
  { id, updatedMs }: EndedRow,
  nowMs: number,
  pagesMax: number,
) {
  for (let pages = 1; pages <= pagesMax; pages++) {
    const { objects } = await bucket.list(`${importsPrefix}${id}/`, null);
    if (objects.length > 0) {
      await bucket.remove(objects.map(({ key }) => key));
      continue;
    }
    if (nowMs - updatedMs >= importLimits.settleMs) await forgetParts(db, id);
    return pages;
  }
  return pagesMax;
}

async function forgetParts(db: D1Database, id: string): Promise<void> {
  await db.batch([
    db.prepare('UPDATE imports SET parts_left = 0 WHERE id = ?1').bind(id),
    db.prepare('DELETE FROM import_parts WHERE import = ?1').bind(id),
  ]);
}
