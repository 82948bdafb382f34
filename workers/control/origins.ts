import { controlLimits } from '#shared/limits/control.ts';
import type { Heartbeat, HeartbeatAnswer, IngestEndpoint } from '#shared/wire/control.ts';
import { contestedOf } from './backups.ts';
import type { OriginChange, OriginDetails } from './contract/origins.ts';
import { staleOf } from './directory.ts';
import { countJobs } from './import-jobs.ts';
import { claimLeft, type LeftRow, readLeft } from './left-broadcasts.ts';
import { isOriginDead } from './liveness.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** A page of origins by id, and the cursor of the next page. */
export async function listOrigins(db: D1Database, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(
      `SELECT id, url, version, load, seen_ms AS seenMs, draining, ingest, wire_kid AS key, region, capacity,
         (SELECT COUNT(*) FROM broadcasts WHERE origin = origins.id AND state <> 'ended') AS broadcasts
       FROM origins WHERE id > ?1 ORDER BY id LIMIT ?2`,
    )
    .bind(page.cursor, page.limit + 1)
    .all<OriginRow>();
  const origins = results.slice(0, page.limit).map((row) => details(row, nowMs));
  return { origins, next: results.length > page.limit ? (origins.at(-1)?.id ?? null) : null };
}

interface OriginRow extends Omit<OriginDetails, 'dead' | 'draining' | 'ingest'> {
  readonly draining: 0 | 1;
  readonly ingest: string | null;
}

function details({ ingest, draining, ...row }: OriginRow, nowMs: number): OriginDetails {
  const endpoint = ingest === null ? null : (JSON.parse(ingest) as IngestEndpoint);
  return { ...row, dead: isOriginDead(row.seenMs, nowMs), draining: draining === 1, ingest: endpoint };
}

/** Lets an origin take new broadcasts, or no more; throws `not_found`. */
export async function changeOrigin(db: D1Database, id: string, { draining }: OriginChange): Promise<void> {
  const { meta } = await db.prepare('UPDATE origins SET draining = ?2 WHERE id = ?1').bind(id, Number(draining)).run();
  if (meta.changes === 0) throw new ProblemError('not_found', 'There is no such origin.');
}

/**
 * Notes that an origin lives and what copies it has, ends what it does not hold any more, and tells it what it must not hold.
 * @param wireKid key of its own that it signed with; null: one of the deployment's
 */
export async function answerHeartbeat(
  db: D1Database,
  heartbeat: Heartbeat,
  wireKid: string | null,
  nowMs: number,
): Promise<HeartbeatAnswer> {
  const { origin, url, version, load, ingest, capacity = null, region = null } = heartbeat;
  const held = JSON.stringify(heartbeat.broadcasts);
  // Who has a key of its own speaks for itself: what others make is not for it to serve.
  const copies = JSON.stringify((wireKid === null && heartbeat.copies) || []);
  const [, , unwanted, , , deleted, stale, contested, waiting, left] = await db.batch<HeartbeatRow>([
    // A key that was taken back is believed for a moment more: nobody comes back by that who was removed.
    db
      .prepare(
        `INSERT INTO origins (id, url, version, load, seen_ms, ingest, wire_kid, region, capacity)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
         WHERE ?7 IS NULL OR EXISTS (SELECT 1 FROM origin_keys WHERE kid = ?7 AND revoked_ms IS NULL)
         ON CONFLICT (id) DO UPDATE SET url = ?2, version = ?3, load = ?4, seen_ms = ?5, ingest = ?6, wire_kid = ?7,
           region = ?8, capacity = ?9`,
      )
      .bind(
        ...[origin, url, version, Math.min(load, 1), nowMs, ingest && JSON.stringify(ingest)],
        ...[wireKid, region, capacity],
      ),
    db
      .prepare(
        `UPDATE broadcasts SET state = 'ended', state_ms = ?2, updated_ms = ?2, ended_ms = ?2
         WHERE origin = ?1 AND state <> 'ended' AND updated_ms < ?3 AND id NOT IN (SELECT value FROM json_each(?4))`,
      )
      .bind(origin, nowMs, nowMs - controlLimits.unheldBroadcastMsMin, held),
    db
      .prepare(
        `SELECT DISTINCT value AS id, EXISTS (SELECT 1 FROM broadcasts WHERE id = value AND origin <> ?1) AS moved
         FROM json_each(?2) WHERE NOT EXISTS (
           SELECT 1 FROM broadcasts b JOIN channels c ON c.id = b.channel
           WHERE b.id = value AND b.origin = ?1 AND b.state <> 'ended' AND c.disabled = 0)`,
      )
      .bind(origin, held),
    db
      .prepare('DELETE FROM broadcast_copies WHERE origin = ?1 AND broadcast NOT IN (SELECT value FROM json_each(?2))')
      .bind(origin, copies),
    // Rows that are there stay untouched: a heartbeat comes every two seconds, and each write costs.
    db
      .prepare(
        `INSERT INTO broadcast_copies (broadcast, origin, since_ms)
         SELECT b.id, ?1, ?3 FROM json_each(?2) c JOIN broadcasts b ON b.id = c.value
         WHERE b.origin <> ?1 AND (SELECT COUNT(*) FROM broadcast_copies WHERE broadcast = b.id) < ?4
         ON CONFLICT DO NOTHING`,
      )
      .bind(origin, copies, nowMs, controlLimits.originsPerBroadcastMax),
    // What clips need may not be in the bucket yet: that it takes there as ever.
    db
      .prepare(
        `SELECT broadcast AS id FROM deletions
         WHERE (origin = ?1 OR broadcast IN (SELECT value FROM json_each(?4))) AND created_ms > ?2 AND clips = 0
         ORDER BY created_ms DESC LIMIT ?3`,
      )
      .bind(origin, nowMs - controlLimits.forgetForMs, controlLimits.forgetListedMax, copies),
    staleOf(db, origin, nowMs),
    // One without a bucket has the only copy of what it made: nobody else can go on with it.
    contestedOf(db, heartbeat.adopts ? origin : '', nowMs),
    countJobs(db, origin, nowMs),
    ...(heartbeat.adopts ? [claimLeft(db, origin, nowMs)] : []),
  ]);
  const ids = (rows: readonly HeartbeatRow[] = []) => rows.map((row) => row.id);
  const moved = ids(unwanted?.results.filter((row) => row.moved === 1));
  const imports = waiting?.results[0]?.imports ?? 0;
  return {
    end: ids(unwanted?.results),
    forget: ids(deleted?.results),
    ...(moved.length > 0 && { moved }),
    ...(stale && stale.results.length > 0 && { stale: ids(stale.results) }),
    ...(contested && contested.results.length > 0 && { contested: ids(contested.results) }),
    ...(contested?.results[0]?.draining === 1 && { drains: true }),
    ...(left && left.results.length > 0 && { left: left.results.map(readLeft) }),
    ...(imports > 0 && { imports }),
  };
}

interface HeartbeatRow extends LeftRow {
  readonly moved?: 0 | 1;
  readonly imports?: number;
  readonly draining?: 0 | 1;
}
