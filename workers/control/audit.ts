import { controlLimits } from '#shared/limits/control.ts';
import { problemStatus } from '#shared/model/problem.ts';
import type { AuditEntry } from './contract/audit.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** Who asks for which change, of what. */
export interface AskedChange {
  readonly actor: string;
  /** `operationId` of the call. */
  readonly action: string;
  readonly target: string | null;
  readonly channel: string | null;
}

/** What came of a change, and what it turned out to be about. */
export interface Outcome {
  readonly status: number;
  readonly target?: string | null;
  readonly channel?: string | null;
}

/**
 * Enters a change, lets it be carried out, and enters how it ended, before anybody is answered. Nothing is changed that could
 * not be entered; how it ended stays open when the catalogue fails in between.
 */
export async function withAudit<T extends Outcome>(
  db: D1Database,
  asked: AskedChange,
  nowMs: number,
  carryOut: () => Promise<T>,
): Promise<T> {
  const id = newId('au', nowMs);
  await enter(db, id, asked, nowMs);
  try {
    const outcome = await carryOut();
    await close(db, id, outcome, null);
    return outcome;
  } catch (error) {
    const code = error instanceof ProblemError ? error.code : 'internal';
    await close(db, id, { status: problemStatus(code) }, code);
    throw error;
  }
}

async function enter(db: D1Database, id: string, { actor, action, target, channel }: AskedChange, nowMs: number) {
  await db.batch([
    db
      .prepare('INSERT INTO audit (id, at_ms, actor, action, target, channel) VALUES (?1, ?2, ?3, ?4, ?5, ?6)')
      .bind(id, nowMs, actor, action, target, channel),
    db
      .prepare('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)')
      .bind(nowMs - controlLimits.auditKeptMs, controlLimits.auditPurgedMax),
  ]);
}

async function close(db: D1Database, id: string, { status, target, channel }: Outcome, code: string | null) {
  try {
    await db
      .prepare(
        `UPDATE audit SET status = ?2, code = ?3, target = COALESCE(target, ?4), channel = COALESCE(channel, ?5)
         WHERE id = ?1`,
      )
      .bind(id, status, code, target ?? null, channel ?? null)
      .run();
  } catch (error) {
    // The change is made, and whoever asked for it must hear of it: perhaps with a secret that is told only now.
    console.error(JSON.stringify({ event: 'audit_not_closed', id, error: String(error) }));
  }
}

/** A page of the log, newest first, of one channel or all, of one actor or all. */
export async function listAudit(
  db: D1Database,
  { channel, actor }: { readonly channel: string | null; readonly actor: string | null },
  page: Page,
) {
  const { results } = await db
    .prepare(
      `SELECT id, at_ms AS atMs, actor, action, target, channel, status, code FROM audit
       WHERE (?1 = '' OR id < ?1) AND ${channel === null ? '?2 IS NULL' : 'channel = ?2'} AND (?3 IS NULL OR actor = ?3)
       ORDER BY id DESC LIMIT ?4`,
    )
    .bind(page.cursor, channel, actor, page.limit + 1)
    .all<AuditEntry>();
  const entries = results.slice(0, page.limit);
  return { entries, next: results.length > page.limit ? (entries.at(-1)?.id ?? null) : null };
}
