import type { BroadcastState } from '#shared/model/broadcast.ts';
import type { BroadcastReport } from '#shared/wire/control.ts';
import type { StoredReport } from './broadcasts.ts';
import { ProblemError } from './respond.ts';

/** From which states a broadcast may come into one. `ended` is final; nothing goes back to `starting`. */
const stateSources: Readonly<Record<BroadcastState, readonly BroadcastState[]>> = {
  starting: ['starting'],
  live: ['starting', 'live', 'interrupted'],
  interrupted: ['starting', 'live', 'interrupted'],
  ended: ['starting', 'live', 'interrupted'],
};

/** What the origin hears; `stored` is false when a newer report of it was there already. */
interface ReportAnswer {
  readonly state: BroadcastState;
  readonly stored: boolean;
}

/**
 * Stores an origin's report; one that only says that a broadcast is over, of an origin that does not know what it was, leaves
 * what was told before. Throws `not_found`, `forbidden` for another's broadcast, `conflict` for a wrong transition. */
export async function storeReport(db: D1Database, report: BroadcastReport, nowMs: number): Promise<ReportAnswer> {
  const { state, source, renditions, findings, health } = report;
  const kept: StoredReport = { source, renditions, findings, health };
  const { meta } = await db
    .prepare(
      `UPDATE broadcasts SET state_ms = CASE state WHEN ?3 THEN state_ms ELSE ?5 END, state = ?3, updated_ms = ?5,
         ended_ms = CASE ?3 WHEN 'ended' THEN ?5 ELSE NULL END, report_ms = MIN(?4, ?5),
         report = CASE WHEN ?3 = 'ended' AND json_array_length(?6, '$.renditions') = 0 THEN COALESCE(report, ?6) ELSE ?6 END
       WHERE id = ?1 AND origin = ?2 AND state IN (SELECT value FROM json_each(?7))
         AND (report_ms <= ?4 OR ?3 = 'ended')`,
    )
    .bind(
      report.broadcast,
      report.origin,
      state,
      report.atMs,
      nowMs,
      JSON.stringify(kept),
      JSON.stringify(stateSources[state]),
    )
    .run();
  // Triggers that tell what happened count as changes too.
  return meta.changes > 0 ? { state, stored: true } : explainUnstored(db, report);
}

async function explainUnstored(db: D1Database, report: BroadcastReport): Promise<ReportAnswer> {
  const row = await db
    .prepare('SELECT origin, state FROM broadcasts WHERE id = ?1')
    .bind(report.broadcast)
    .first<{ origin: string; state: BroadcastState }>();
  if (!row) throw new ProblemError('not_found', 'There is no such broadcast. Its channel may have been deleted.');
  if (row.origin !== report.origin) throw new ProblemError('forbidden', 'This broadcast belongs to another origin.');
  if (stateSources[report.state].includes(row.state)) return { state: row.state, stored: false };
  const detail = `A broadcast that is ${row.state} does not become ${report.state}.`;
  throw new ProblemError('conflict', detail, { state: row.state });
}
