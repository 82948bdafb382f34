import { importLimits } from '#shared/limits/control.ts';
import type { ImportClaimAnswer, ImportJob, ImportProgress, ImportProgressAnswer } from '#shared/wire/control.ts';
import { isMade, isUnderWay } from './import-rows.ts';

/** SQL: nobody makes it, since before `?2`; an origin that asks for work has forgotten what it had. */
const isFree = `${isUnderWay} AND (state = 'queued' OR (${isMade} AND (updated_ms < ?2 OR origin = ?1)))`;

/** SQL: an origin takes on nothing new. */
const isDraining = (origin: string) => `EXISTS (SELECT 1 FROM origins WHERE id = ${origin} AND draining = 1)`;

/** How many files wait, as an origin hears it: none while it drains. */
export function countJobs(db: D1Database, origin: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(`SELECT COUNT(*) AS imports FROM imports WHERE ${isFree} AND claims < ?3 AND NOT ${isDraining('?4')}`)
    .bind('', nowMs - importLimits.silentMs, importLimits.claimsMax, origin);
}

/** Gives an origin that does not drain the file that it lost, or that waits longest. Exactly one origin gets it. */
export async function claimJob(db: D1Database, origin: string, nowMs: number): Promise<ImportClaimAnswer> {
  const silentSinceMs = nowMs - importLimits.silentMs;
  const [, claimed] = await db.batch<ImportJob>([
    giveUp(db, origin, silentSinceMs, nowMs),
    db
      .prepare(
        `UPDATE imports SET state = 'encoding', share = 0, origin = ?1, broadcast = NULL, claims = claims + 1, updated_ms = ?3
         WHERE id = (SELECT id FROM imports WHERE ${isFree} ORDER BY origin IS ?1 DESC, id LIMIT 1)
           AND NOT ${isDraining('?1')}
         RETURNING id, channel, title, name, size_bytes AS sizeBytes, part_bytes AS partBytes`,
      )
      .bind(origin, silentSinceMs, nowMs),
  ]);
  return { job: claimed?.results[0] ?? null };
}

/** Fails what was given to origins as often as it may be, and is free again: `origin` asks for work. */
export function giveUp(db: D1Database, origin: string, silentSinceMs: number, nowMs: number): D1PreparedStatement {
  const detail = `An origin began ${importLimits.claimsMax} times to make a replay of this file, and each time broke off.`;
  return db
    .prepare(
      `UPDATE imports SET state = 'failed', problem_code = 'import_gave_up', problem_detail = ?5, updated_ms = ?3
       WHERE ${isFree} AND claims >= ?4`,
    )
    .bind(origin, silentSinceMs, nowMs, importLimits.claimsMax, detail);
}

/** Stores how far an origin is with a file, and tells it whether to go on. */
export async function storeProgress(
  db: D1Database,
  { origin, id, state, share, broadcast, problem }: ImportProgress,
  nowMs: number,
): Promise<ImportProgressAnswer> {
  const { meta } = await db
    .prepare(
      `UPDATE imports SET state = ?3, share = ?4, broadcast = COALESCE(?5, broadcast), problem_code = ?6,
         problem_detail = ?7, updated_ms = ?8 WHERE id = ?1 AND origin = ?2 AND ${isMade}`,
    )
    .bind(id, origin, state, share, broadcast, problem?.code ?? null, problem?.detail ?? null, nowMs)
    .run();
  if (meta.changes > 0) return { goesOn: true };
  // The same again, or late: what is ready must not be undone.
  const row = await db
    .prepare("SELECT 1 AS yes FROM imports WHERE id = ?1 AND origin = ?2 AND state IN ('ready', ?3)")
    .bind(id, origin, state)
    .first();
  return { goesOn: row !== null };
}

/** Ends what is under way of a channel that is about to be deleted, and leaves nothing of it on any list. */
export function deleteImportsOf(db: D1Database, channel: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE imports SET deleted_ms = ?2, updated_ms = IIF(${isUnderWay}, ?2, updated_ms),
         state = IIF(${isUnderWay}, 'cancelled', state) WHERE channel = ?1 AND deleted_ms IS NULL`,
    )
    .bind(channel, nowMs);
}
