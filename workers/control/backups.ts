import { arbiterLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { LeaseAnswer, LeaseQuestion } from '#shared/wire/control.ts';
import type { Claim, Proof, Standing } from '../arbiter/arbitration.ts';
import type { Env } from '../env.ts';

/**
 * Answers an origin that claims to be the active one of a channel, or lets go of it.
 * @param proof what it signed with: with a key of its own it can only go on with what it has
 */
export async function answerLease(
  env: Pick<Env, 'DB' | 'ARBITERS'>,
  question: LeaseQuestion,
  proof: Exclude<Proof, 'stream_key'>,
  nowMs: number,
): Promise<LeaseAnswer> {
  const { channel, origin, session, wish } = question;
  if (wish === 'leave') {
    await env.ARBITERS.getByName(channel).leave(origin, session);
    return { role: 'none', epoch: 0, standbys: 0, leftMs: 0 };
  }
  const open = await env.DB.prepare(
    `SELECT b.id AS broadcast, b.origin, MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) AS signMs,
       COALESCE((SELECT draining FROM origins WHERE id = ?2), 0) AS draining,
       (SELECT COUNT(*) FROM broadcasts WHERE origin = ?2 AND state <> 'ended') AS held
     FROM broadcasts b LEFT JOIN origins o ON o.id = b.origin WHERE b.channel = ?1 AND b.state <> 'ended'`,
  )
    .bind(channel, origin)
    .first<{ broadcast: string; origin: string; signMs: number; draining: 0 | 1; held: number }>();
  const claim: Claim = { origin, session, isHeld: wish === 'hold', known: knownOf(open) };
  const standing = await claimFor(env, channel, claim, proof);
  const takesNothing = open !== null && (open.draining === 1 || open.held >= broadcastLimits.broadcastsMax);
  if (standing.role === 'standby' && takesNothing) {
    // It could not take over: nobody is to let go of anything because it waits.
    await env.ARBITERS.getByName(channel).leave(origin, session);
    return { ...standing, role: 'refused', standbys: standing.standbys - 1 };
  }
  if (standing.role === 'standby' && open) await noteBackup(env.DB, open.broadcast, nowMs);
  return standing;
}

/** Asks the arbiter of a channel; without another proof for a publisher whose stream key was right. */
export function claimFor(
  { ARBITERS }: Pick<Env, 'ARBITERS'>,
  channel: string,
  claim: Claim,
  proof: Proof = 'stream_key',
): Promise<Standing> {
  return ARBITERS.getByName(channel).claim(claim, proof);
}

/** Who makes an open broadcast, and until when it counts as alive: one that waits comes no sooner than the dead are found. */
export function knownOf(open: OpenBroadcast | null) {
  if (!open || open.broadcast === null || open.origin === null || open.signMs === null) return null;
  const { broadcast, origin, signMs } = open;
  return { broadcast, origin, untilMs: signMs + broadcastLimits.originDeadMsMin };
}

interface OpenBroadcast {
  readonly broadcast: string | null;
  readonly origin: string | null;
  readonly signMs: number | null;
}

/** Notes that a backup waits, so that the origin of the broadcast hears of it with its next heartbeat. */
export async function noteBackup(db: D1Database, broadcast: string, nowMs: number): Promise<void> {
  await db
    .prepare('UPDATE broadcasts SET backup_ms = ?2 WHERE id = ?1 AND COALESCE(backup_ms, 0) < ?3')
    .bind(broadcast, nowMs, nowMs - arbiterLimits.backupNotedMs)
    .run();
}

/** Whether one waits, as far as is known. */
export function hasBackup(backupMs: number | null, nowMs: number): boolean {
  return backupMs !== null && nowMs - backupMs <= arbiterLimits.backupBelievedMs;
}

/** Whether one waits, or has waited for as short a time as the arbiter may remember who was active. */
export function mayHaveBackup(backupMs: number | null, nowMs: number): boolean {
  return backupMs !== null && nowMs - backupMs <= arbiterLimits.forgetMs + arbiterLimits.backupBelievedMs;
}

/** A statement for the broadcasts of an origin that a backup waits for, and whether the origin is being drained. */
export function contestedOf(db: D1Database, origin: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT id, (SELECT draining FROM origins WHERE id = ?1) AS draining FROM broadcasts
       WHERE origin = ?1 AND state <> 'ended' AND backup_ms >= ?2`,
    )
    .bind(origin, nowMs - arbiterLimits.backupBelievedMs);
}
