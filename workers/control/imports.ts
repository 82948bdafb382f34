import type { ImportReport } from '#shared/wire/control.ts';
import type { StoredReport } from './broadcasts.ts';
import { noChannel } from './channels.ts';
import { isMade } from './import-rows.ts';
import { deployment } from './object-owners.ts';
import { ProblemError } from './respond.ts';

/**
 * Enters a broadcast that an origin made of a file, as over and stored, and with it the upload that it was made of as ready;
 * without a replay it only says whether that would be possible. The same again changes nothing. Throws `not_found` for the
 * channel, and `conflict` while the channel is disabled, the origin was never heard of, the upload is not its own any more, or
 * another one has put objects of the broadcast.
 * @param signedWith a key of the origin's own, or one of the deployment
 */
export async function enterImport(
  db: D1Database,
  report: ImportReport,
  signedWith: 'own_key' | 'deployment_key',
  nowMs: number,
): Promise<void> {
  const { origin, broadcast, channel, title, startedMs, endedMs, source, renditions, replay, job = null } = report;
  await requireRoom(db, report, signedWith);
  if (!replay) return;
  const stored: StoredReport = { source, renditions, findings: [], health: null };
  const [, , , owned] = await db.batch<{ readonly channel: string; readonly origin: string }>([
    db
      .prepare(
        `INSERT INTO broadcasts
           (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms, ended_ms, report_ms, report, title)
         SELECT ?1, id, '', ?3, 'ended', ?4, ?5, ?6, ?5, ?6, ?7, ?8 FROM channels WHERE id = ?2 AND
           (?9 IS NULL OR EXISTS (SELECT 1 FROM imports WHERE id = ?9 AND origin = ?3 AND ${isMade}))
         ON CONFLICT (id) DO NOTHING`,
      )
      .bind(
        ...[broadcast, channel, origin, startedMs, Math.min(endedMs, nowMs), nowMs],
        ...[JSON.stringify(stored), title, job],
      ),
    // A change of its own: that is what webhooks are told of.
    db
      .prepare('UPDATE broadcasts SET replay = ?4 WHERE id = ?1 AND channel = ?2 AND origin = ?3 AND replay IS NULL')
      .bind(broadcast, channel, origin, JSON.stringify(replay)),
    db
      .prepare(
        `UPDATE imports SET state = 'ready', share = 1, broadcast = ?1, updated_ms = ?4
         WHERE id = ?2 AND origin = ?3 AND ${isMade} AND EXISTS (SELECT 1 FROM broadcasts WHERE id = ?1)`,
      )
      .bind(broadcast, job, origin, nowMs),
    db.prepare('SELECT channel, origin FROM broadcasts WHERE id = ?1').bind(broadcast),
  ]);
  const [row] = owned?.results ?? [];
  if (!row) throw job === null ? noChannel() : lostJob();
  if (row.channel !== channel || row.origin !== origin) {
    throw otherBroadcast();
  }
}

interface Room {
  readonly disabled: 0 | 1;
  readonly isKnown: 0 | 1;
  readonly hasJob: 0 | 1;
  readonly isEntered: 0 | 1;
  readonly isAnothers: 0 | 1;
}

async function requireRoom(
  db: D1Database,
  report: ImportReport,
  signedWith: 'own_key' | 'deployment_key',
): Promise<void> {
  const { channel, origin, broadcast, job = null } = report;
  const row = await db
    .prepare(
      `SELECT disabled, EXISTS (SELECT 1 FROM origins WHERE id = ?2) AS isKnown,
         ?3 IS NULL OR EXISTS (SELECT 1 FROM imports WHERE id = ?3 AND channel = ?1 AND origin = ?2
           AND ${isMade}) AS hasJob,
         EXISTS (SELECT 1 FROM broadcasts WHERE id = ?4 AND channel = ?1 AND origin = ?2) AS isEntered,
         EXISTS (SELECT 1 FROM broadcast_origins WHERE broadcast = ?4 AND origin NOT IN (?2, ?5)) AS isAnothers
       FROM channels WHERE id = ?1`,
    )
    .bind(channel, origin, job, broadcast, signedWith === 'own_key' ? origin : deployment)
    .first<Room>();
  if (!row) throw noChannel();
  // Its answer was lost, and nothing that came since takes it back.
  if (row.isEntered) return;
  if (row.isAnothers) throw otherBroadcast();
  if (row.disabled) throw new ProblemError('conflict', 'This channel is disabled. Enable it first.');
  if (!row.hasJob) throw lostJob();
  if (row.isKnown) return;
  throw new ProblemError(
    'conflict',
    `Origin ${origin} was never heard of. Start it once, with the same configuration.`,
  );
}

function otherBroadcast(): ProblemError {
  return new ProblemError('conflict', 'There is another broadcast of this id.');
}

function lostJob(): ProblemError {
  const detail = 'This import was cancelled, or another origin has it by now. What was made of it is to be undone.';
  return new ProblemError('conflict', detail, { reason: 'import_lost' });
}
