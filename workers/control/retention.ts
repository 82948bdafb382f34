import { controlLimits } from '#shared/limits/control.ts';
import type { ReplayStatus } from '#shared/model/replay-status.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { clipCount } from './clip-ranges.ts';
import type { DueReplay } from './contract/replays.ts';
import { deletionStatements, stepDeletions } from './deletions.ts';
import { cleanImports } from './import-cleaning.ts';
import { forgetOwners } from './object-owners.ts';
import type { Page } from './schemas.ts';

/** Replays that no policy keeps at the time `?1`; `place` counts a channel's replays from the newest. */
const due = `
  SELECT b.id, b.channel, b.origin, b.ended_ms AS endedMs, b.replay,
    CASE WHEN c.keep_last IS NULL THEN 'keep_days' ELSE 'keep_last' END AS why
  FROM (SELECT id, channel, origin, ended_ms, replay, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY id DESC) AS place
        FROM broadcasts WHERE state = 'ended' AND deleted_ms IS NULL) b
  JOIN channels c ON c.id = b.channel
  WHERE (b.place > c.keep_last OR b.ended_ms < ?1 - c.keep_days * 86400000)`;

interface DueRow {
  readonly id: string;
  readonly channel: string;
  readonly why: DueReplay['why'];
  readonly endedMs: number;
  readonly replay: string | null;
  readonly clips: number;
}

/** A page of what the next run deletes, of one channel or all, oldest first; nothing is changed. */
export async function listDue(db: D1Database, channel: string | null, page: Page, nowMs: number) {
  const { results } = await db
    .prepare(
      `SELECT b.*, ${clipCount('b.id')} AS clips FROM (${due}) b WHERE b.id > ?2 AND (?4 IS NULL OR b.channel = ?4)
       ORDER BY b.id LIMIT ?3`,
    )
    .bind(nowMs, page.cursor, page.limit + 1, channel)
    .all<DueRow>();
  const shown = results.slice(0, page.limit).map(({ id, channel, why, endedMs, replay, clips }): DueReplay => {
    const status = replay === null ? null : (JSON.parse(replay) as ReplayStatus);
    return { broadcast: id, channel, why, endedMs, sizeBytes: status?.sizeBytes ?? null, clips };
  });
  return { due: shown, next: results.length > page.limit ? (shown.at(-1)?.broadcast ?? null) : null };
}

/**
 * Deletes what no policy keeps, goes on with deletions, and removes what is left of imports, for a bounded time; the next run
 * goes on where this one ends.
 */
export async function runRetention(db: D1Database, bucket: Bucket, nowMs: number) {
  await cleanImports(db, bucket, nowMs);
  await forgetOwners(db, nowMs);
  const ids = `SELECT id, channel, origin, why FROM (${due} ORDER BY b.id LIMIT ${controlLimits.deletionsPerRunMax})`;
  const [entered] = await db.batch(await deletionStatements(db, ids, [nowMs], nowMs));
  const deletions = await stepDeletions(db, bucket, nowMs);
  const marked = entered?.meta.changes ?? 0;
  const isBusy = deletions.some(({ state }) => state === 'running');
  return { marked, deletions, more: isBusy || marked >= controlLimits.deletionsPerRunMax };
}
