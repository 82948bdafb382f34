import type { ImportReport } from '#shared/wire/control.ts';
import type { StoredReport } from './broadcasts.ts';
import { noChannel } from './channels.ts';
import { ProblemError } from './respond.ts';

/**
 * Enters a broadcast that an origin made of a file, as over and stored; without a replay it only says whether that would
 * be possible. The same again changes nothing. Throws `not_found` for the channel, and `conflict` while the channel is
 * disabled or the origin was never heard of.
 */
export async function enterImport(db: D1Database, report: ImportReport, nowMs: number): Promise<void> {
  const { origin, broadcast, channel, title, startedMs, endedMs, source, renditions, replay } = report;
  await requireRoom(db, report);
  if (!replay) return;
  const stored: StoredReport = { source, renditions, findings: [], health: null };
  const [, , owned] = await db.batch<{ readonly channel: string; readonly origin: string }>([
    db
      .prepare(
        `INSERT INTO broadcasts
           (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms, ended_ms, report_ms, report, title)
         SELECT ?1, id, '', ?3, 'ended', ?4, ?5, ?6, ?5, ?6, ?7, ?8 FROM channels WHERE id = ?2
         ON CONFLICT (id) DO NOTHING`,
      )
      .bind(
        ...[broadcast, channel, origin, startedMs, Math.min(endedMs, nowMs), nowMs],
        ...[JSON.stringify(stored), title],
      ),
    // A change of its own: that is what webhooks are told of.
    db
      .prepare('UPDATE broadcasts SET replay = ?4 WHERE id = ?1 AND channel = ?2 AND origin = ?3 AND replay IS NULL')
      .bind(broadcast, channel, origin, JSON.stringify(replay)),
    db.prepare('SELECT channel, origin FROM broadcasts WHERE id = ?1').bind(broadcast),
  ]);
  const [row] = owned?.results ?? [];
  if (!row) throw noChannel();
  if (row.channel !== channel || row.origin !== origin) {
    throw new ProblemError('conflict', 'There is another broadcast of this id.');
  }
}

async function requireRoom(db: D1Database, { channel, origin }: ImportReport): Promise<void> {
  const row = await db
    .prepare('SELECT disabled, EXISTS (SELECT 1 FROM origins WHERE id = ?2) AS isKnown FROM channels WHERE id = ?1')
    .bind(channel, origin)
    .first<{ disabled: 0 | 1; isKnown: 0 | 1 }>();
  if (!row) throw noChannel();
  if (row.disabled) throw new ProblemError('conflict', 'This channel is disabled. Enable it first.');
  if (row.isKnown) return;
  throw new ProblemError(
    'conflict',
    `Origin ${origin} was never heard of. Start it once, with the same configuration.`,
  );
}
