import { controlLimits, webhookLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { PublishAnswer, PublishQuestion, PublishRefusalCode } from '#shared/wire/control.ts';
import { apiRates } from '../access/rates.ts';
import type { Env } from '../env.ts';
import { claimFor, knownOf, mayHaveBackup, noteBackup } from './backups.ts';
import { newId } from './new-id.ts';
import { decidePublish, type PublishDecision, type PublishRow } from './publish.ts';
import { refusalSentences } from './refusals.ts';
import { hashSecret, isStreamKey, keyIdOf } from './secret-text.ts';

/** Answers an origin that asks whether a publisher is accepted. Safe when several ask for one channel at once. */
export async function answerPublish(env: PublishEnv, question: PublishQuestion, nowMs: number): Promise<PublishAnswer> {
  const db = env.DB;
  const hash = isStreamKey(question.streamKey) ? await hashSecret(question.streamKey) : null;
  for (let attempt = 0; attempt < controlLimits.publishAttemptsMax; attempt++) {
    const row = hash === null ? null : await findPublishRow(db, hash, question.origin, nowMs);
    if (!row) return refuse(await wrongKey(env, question, nowMs));
    const first = decidePublish(row, question, false, nowMs);
    if (first.kind === 'refuse') return refuse(first.code);
    const isGranted = await arbitrate(env, row, question, first, nowMs);
    if (isGranted === false) return refuseElsewhere(row, question);
    const decision = isGranted ? decidePublish(row, question, true, nowMs) : first;
    if (decision.kind === 'refuse') return refuse(decision.code);
    if (decision.kind === 'elsewhere') continue;
    const resumed = decision.kind === 'resume';
    const broadcast = resumed ? decision.broadcast : newId('b', nowMs);
    const change = { db, row, question, broadcast, isGranted: isGranted === true, nowMs };
    const isDone = await (resumed ? resume(change, decision.from) : start(change, decision.over));
    if (!isDone) continue;
    if (isGranted) await settle(env, row.channel, question, broadcast, nowMs);
    const { channel, latency, reconnectWindowMs } = row;
    const slate = row.slate === 1;
    const left = !resumed && decision.left ? { left: decision.over ?? undefined } : {};
    return { accepted: true, channel, broadcast, resumed, latency, reconnectWindowMs, slate, ...left };
  }
  throw new Error('publishers of one channel kept changing the catalogue under each other');
}

type PublishEnv = Pick<Env, 'DB' | 'KEY_RATE' | 'ARBITERS'>;

/** Whether this origin is the active one of the channel; null where no other one has a publisher, so that nobody need be asked. */
async function arbitrate(
  env: PublishEnv,
  row: PublishRow,
  { origin, session, standsBy }: PublishQuestion,
  decision: PublishDecision,
  nowMs: number,
): Promise<boolean | null> {
  const isElsewhere = decision.kind === 'elsewhere';
  if (!isElsewhere && !(decision.kind === 'resume' && mayHaveBackup(row.backupMs, nowMs))) return null;
  if (!standsBy || session === undefined) return isElsewhere ? false : null;
  const { role } = await claimFor(env, row.channel, { origin, session, known: knownOf(row) });
  if (role === 'standby' && row.broadcast !== null) await noteBackup(env.DB, row.broadcast, nowMs);
  return role === 'active';
}

/** The catalogue names the origin too now: after its lease its word is enough. */
async function settle(
  env: PublishEnv,
  channel: string,
  { origin, session }: PublishQuestion,
  broadcast: string,
  nowMs: number,
): Promise<void> {
  if (session === undefined) return;
  await claimFor(env, channel, { origin, session, known: knownOf({ broadcast, origin, signMs: nowMs }) });
}

/** Another origin is active: one that stands by keeps its publisher all the same. */
function refuseElsewhere({ channel, broadcast }: PublishRow, { standsBy, session }: PublishQuestion): PublishAnswer {
  const code = 'broadcast_elsewhere';
  const isStandby = standsBy && session !== undefined && broadcast !== null;
  const refused = { accepted: false, code, sentence: refusalSentences[code] } as const;
  return isStandby ? { ...refused, standby: { channel, broadcast } } : refused;
}

/** Why a key that is not known is refused; its channel's owner is told while that is not too often. */
async function wrongKey(env: PublishEnv, question: PublishQuestion, nowMs: number): Promise<PublishRefusalCode> {
  const isSeldom = await apiRates(env).mayBeUnknown(question.ip, keyIdOf(question.streamKey));
  if (!isSeldom) return 'too_many_wrong_keys';
  await noteRefusedKey(env.DB, question, nowMs);
  return 'unknown_key';
}

/** Somebody has the name of a key and not its secret, or a key that is over: its channel's owner wants to know, once a minute. */
async function noteRefusedKey(
  db: D1Database,
  { streamKey, ip, encoder }: PublishQuestion,
  nowMs: number,
): Promise<void> {
  const id = keyIdOf(streamKey);
  if (id === null) return;
  await db
    .prepare(
      `INSERT INTO events (channel, sequence, type, at_ms, detail)
       SELECT k.channel, c.event_sequence + 1, 'key.refused', ?2,
         json_object('key', k.id, 'label', k.label, 'why', k.why, 'ip', ?3, 'encoder', ?4)
       FROM (SELECT id, channel, label, 'deleted' AS why FROM deleted_keys
             UNION ALL
             SELECT id, channel, label, CASE WHEN expires_ms <= ?2 THEN 'replaced' ELSE 'wrong' END FROM stream_keys) k
       JOIN channels c ON c.id = k.channel
       WHERE k.id = ?1 AND NOT EXISTS (
         SELECT 1 FROM events e WHERE e.channel = k.channel AND e.type = 'key.refused' AND e.at_ms > ?5
           AND json_extract(e.detail, '$.key') = k.id)`,
    )
    .bind(id, nowMs, ip, encoder, nowMs - webhookLimits.keyRefusedMsMin)
    .run();
}

function refuse(code: keyof typeof refusalSentences): PublishAnswer {
  return { accepted: false, code, sentence: refusalSentences[code] };
}

function findPublishRow(db: D1Database, hash: string, origin: string, nowMs: number): Promise<PublishRow | null> {
  return db
    .prepare(
      `SELECT k.id AS streamKey, c.id AS channel, c.latency, c.reconnect_window_ms AS reconnectWindowMs, c.slate,
         c.disabled,
         (SELECT COUNT(*) FROM broadcasts WHERE origin = ?2 AND state <> 'ended') AS held,
         COALESCE((SELECT draining FROM origins WHERE id = ?2), 0) AS draining,
         b.id AS broadcast, b.origin, b.state, b.state_ms AS stateMs,
         MAX(b.updated_ms, COALESCE(o.seen_ms, 0)) AS signMs, b.backup_ms AS backupMs
       FROM stream_keys k
       JOIN channels c ON c.id = k.channel
       LEFT JOIN broadcasts b ON b.channel = c.id AND b.state <> 'ended'
       LEFT JOIN origins o ON o.id = b.origin
       WHERE k.hash = ?1 AND COALESCE(k.expires_ms, ?3 + 1) > ?3`,
    )
    .bind(hash, origin, nowMs)
    .first<PublishRow>();
}

interface Change {
  readonly db: D1Database;
  readonly row: PublishRow;
  readonly question: PublishQuestion;
  readonly broadcast: string;
  /** The arbiter has said that the origin is the active one. */
  readonly isGranted: boolean;
  readonly nowMs: number;
}

/** False when the broadcast was ended, or its origin came back to life, since they were read. */
async function resume(change: Change, from: string): Promise<boolean> {
  const { db, row, question, broadcast, isGranted, nowMs } = change;
  const [updated] = await db.batch([
    db
      .prepare(
        `UPDATE broadcasts SET stream_key = ?3, updated_ms = ?4, origin = ?2, lost_ms = NULL, lost_origin = NULL
         WHERE id = ?1 AND origin = ?5 AND state <> 'ended' AND EXISTS (SELECT 1 FROM stream_keys WHERE id = ?3)
           AND (origin = ?2 OR ?7 OR (updated_ms < ?6 AND NOT EXISTS (SELECT 1 FROM origins o WHERE o.id = ?5 AND o.seen_ms >= ?6)))`,
      )
      .bind(
        ...[broadcast, question.origin, row.streamKey, nowMs, from, nowMs - broadcastLimits.originDeadMsMin],
        Number(isGranted),
      ),
    markUsed(change),
  ]);
  return (updated?.meta.changes ?? 0) > 0;
}

/** False when the key, the channel or its open broadcast changed since they were read. */
async function start(change: Change, over: string | null): Promise<boolean> {
  const { db, row, question, broadcast, nowMs } = change;
  const deadMs = nowMs - broadcastLimits.originDeadMsMin;
  const [, inserted] = await db.batch([
    db
      .prepare(
        `UPDATE broadcasts SET state = 'ended', state_ms = ?2, updated_ms = ?2, ended_ms = ?2, origin = ?4
         WHERE id = ?1 AND state <> 'ended' AND updated_ms < ?3
           AND NOT EXISTS (SELECT 1 FROM origins o WHERE o.id = broadcasts.origin AND o.seen_ms >= ?3)`,
      )
      .bind(over ?? '', nowMs, deadMs, question.origin),
    db
      .prepare(
        `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
         SELECT ?1, c.id, k.id, ?3, 'starting', ?4, ?4, ?4
         FROM stream_keys k JOIN channels c ON c.id = k.channel
         WHERE k.id = ?2 AND c.disabled = 0
         ON CONFLICT DO NOTHING`,
      )
      .bind(broadcast, row.streamKey, question.origin, nowMs),
    markUsed(change),
  ]);
  return (inserted?.meta.changes ?? 0) > 0;
}

function markUsed({ db, row, question, nowMs }: Change): D1PreparedStatement {
  return db
    .prepare('UPDATE stream_keys SET last_used_ms = ?2, last_used_ip = ?3, last_used_encoder = ?4 WHERE id = ?1')
    .bind(row.streamKey, nowMs, question.ip, question.encoder);
}
