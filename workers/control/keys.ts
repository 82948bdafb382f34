import { controlLimits } from '#shared/limits.ts';
import { getChannel } from './channels.ts';
import type { NewStreamKey, StreamKeyDetails } from './contract/keys.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import { formatSecret, hashSecret } from './secret-text.ts';

/** A new key of a channel with its clear text, which is told this once; throws `not_found`, or `conflict` when full. */
export async function createStreamKey(db: D1Database, channel: string, input: NewStreamKey, nowMs: number) {
  await getChannel(db, channel, nowMs);
  const id = newId('sk', nowMs);
  const streamKey = formatSecret(id);
  const { meta } = await db
    .prepare(
      `INSERT INTO stream_keys (id, channel, label, hash, created_ms)
       SELECT ?1, c.id, ?3, ?4, ?5 FROM channels c
       WHERE c.id = ?2 AND (SELECT COUNT(*) FROM stream_keys WHERE channel = ?2) < ?6`,
    )
    .bind(id, channel, input.label, await hashSecret(streamKey), nowMs, controlLimits.keysPerChannelMax)
    .run();
  if (meta.changes > 0) return { id, label: input.label, createdMs: nowMs, streamKey };
  const detail = `A channel has at most ${controlLimits.keysPerChannelMax} stream keys. Delete one first.`;
  throw new ProblemError('conflict', detail);
}

/** All keys of a channel, oldest first; throws `not_found`. */
export async function listStreamKeys(db: D1Database, channel: string, nowMs: number) {
  await getChannel(db, channel, nowMs);
  const { results } = await db
    .prepare(
      `SELECT id, label, created_ms AS createdMs, last_used_ms AS lastUsedMs, last_used_ip AS lastUsedIp,
         last_used_encoder AS lastUsedEncoder
       FROM stream_keys WHERE channel = ?1 ORDER BY id LIMIT ?2`,
    )
    .bind(channel, controlLimits.keysPerChannelMax)
    .all<StreamKeyDetails>();
  return { keys: results };
}

/** Deletes a key and ends the broadcast that it publishes; throws `not_found`. */
export async function deleteStreamKey(db: D1Database, channel: string, id: string, nowMs: number): Promise<void> {
  const [deleted] = await db.batch([
    db.prepare('DELETE FROM stream_keys WHERE id = ?1 AND channel = ?2 RETURNING id').bind(id, channel),
    db
      .prepare(
        `UPDATE broadcasts SET state = 'ended', state_ms = ?3, updated_ms = ?3, ended_ms = ?3
         WHERE stream_key = ?1 AND channel = ?2 AND state <> 'ended'`,
      )
      .bind(id, channel, nowMs),
  ]);
  if (deleted?.results.length === 0) throw new ProblemError('not_found', 'This channel has no such stream key.');
}
