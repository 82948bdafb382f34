import { controlLimits } from '#shared/limits/control.ts';
import { getChannel } from './channels.ts';
import type { NewStreamKey, StreamKeyChange, StreamKeyDetails } from './contract/keys.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';
import { formatSecret, hashSecret } from './secret-text.ts';

const columns = `id, label, created_ms AS createdMs, last_used_ms AS lastUsedMs, last_used_ip AS lastUsedIp,
  last_used_encoder AS lastUsedEncoder, expires_ms AS expiresMs, replaced_by AS replacedBy`;

/** A new key of a channel with its clear text, which is told this once; throws `not_found`, or `conflict` when full. */
export async function createStreamKey(db: D1Database, channel: string, input: NewStreamKey, nowMs: number) {
  await getChannel(db, channel, nowMs);
  const id = newId('sk', nowMs);
  const streamKey = formatSecret(id);
  const [, , inserted] = await db.batch([
    ...putAway(db, 'channel = ?1 AND expires_ms < ?2', [channel, nowMs - controlLimits.expiredKeyListedMs], nowMs),
    db
      .prepare(
        `INSERT INTO stream_keys (id, channel, label, hash, created_ms)
         SELECT ?1, c.id, ?3, ?4, ?5 FROM channels c
         WHERE c.id = ?2
           AND (SELECT COUNT(*) FROM stream_keys WHERE channel = ?2 AND COALESCE(expires_ms, ?5 + 1) > ?5) < ?6`,
      )
      .bind(id, channel, input.label, await hashSecret(streamKey), nowMs, controlLimits.keysPerChannelMax),
  ]);
  if ((inserted?.meta.changes ?? 0) > 0) return { id, label: input.label, createdMs: nowMs, streamKey };
  const detail = `A channel has at most ${controlLimits.keysPerChannelMax} stream keys. Delete one first.`;
  throw new ProblemError('conflict', detail);
}

/** A page of a channel's keys, oldest first; throws `not_found`. */
export async function listStreamKeys(db: D1Database, channel: string, page: Page, nowMs: number) {
  await getChannel(db, channel, nowMs);
  const { results } = await db
    .prepare(`SELECT ${columns} FROM stream_keys WHERE channel = ?1 AND id > ?2 ORDER BY id LIMIT ?3`)
    .bind(channel, page.cursor, page.limit + 1)
    .all<StreamKeyDetails>();
  const keys = results.slice(0, page.limit);
  return { keys, next: results.length > page.limit ? (keys.at(-1)?.id ?? null) : null };
}

async function getStreamKey(db: D1Database, channel: string, id: string): Promise<StreamKeyDetails> {
  const statement = db.prepare(`SELECT ${columns} FROM stream_keys WHERE channel = ?1 AND id = ?2`).bind(channel, id);
  const row = await statement.first<StreamKeyDetails>();
  if (!row) throw noKey();
  return row;
}

/** Gives a key another label; throws `not_found`. */
export async function changeStreamKey(db: D1Database, channel: string, id: string, { label }: StreamKeyChange) {
  await db.prepare('UPDATE stream_keys SET label = ?3 WHERE id = ?2 AND channel = ?1').bind(channel, id, label).run();
  return getStreamKey(db, channel, id);
}

/**
 * Makes a successor with the same label. The old key is taken until the grace is over; without one it is refused at once, and
 * what it publishes ends, as if it were deleted. Throws `not_found`, and `conflict` for a key that was replaced or is over.
 */
export async function rotateStreamKey(db: D1Database, channel: string, id: string, graceMs: number, nowMs: number) {
  const old = await getStreamKey(db, channel, id);
  if (old.replacedBy !== null) {
    throw new ProblemError('conflict', `This key was replaced by ${old.replacedBy} already. Rotate that one.`);
  }
  const key = await createStreamKey(db, channel, { label: old.label }, nowMs);
  const [replaced] = await db.batch([
    db
      .prepare(
        `UPDATE stream_keys SET expires_ms = ?3, replaced_by = ?4
         WHERE id = ?2 AND channel = ?1 AND replaced_by IS NULL`,
      )
      .bind(channel, id, nowMs + graceMs, key.id),
    ...(graceMs === 0 ? [endPublished(db, channel, id, nowMs)] : []),
  ]);
  if ((replaced?.meta.changes ?? 0) === 0) {
    await db.prepare('DELETE FROM stream_keys WHERE id = ?1').bind(key.id).run();
    throw new ProblemError('conflict', 'Somebody else has replaced or deleted this key just now.');
  }
  return { key, old: await getStreamKey(db, channel, id) };
}

/** Deletes a key and ends the broadcast that it publishes; throws `not_found`. */
export async function deleteStreamKey(db: D1Database, channel: string, id: string, nowMs: number): Promise<void> {
  const [, deleted] = await db.batch([
    ...putAway(db, 'id = ?1 AND channel = ?2', [id, channel], nowMs),
    endPublished(db, channel, id, nowMs),
    db
      .prepare(
        `DELETE FROM deleted_keys WHERE channel = ?1 AND id NOT IN
           (SELECT id FROM deleted_keys WHERE channel = ?1 ORDER BY deleted_ms DESC LIMIT ?2)`,
      )
      .bind(channel, controlLimits.deletedKeysMax),
  ]);
  if (deleted?.results.length === 0) throw noKey();
}

/** Statements that delete keys and remember that they were there; the second one returns their ids. */
function putAway(db: D1Database, where: string, values: readonly unknown[], nowMs: number): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO deleted_keys (id, channel, label, deleted_ms)
         SELECT id, channel, label, ?${values.length + 1} FROM stream_keys WHERE ${where} ON CONFLICT DO NOTHING`,
      )
      .bind(...values, nowMs),
    db.prepare(`DELETE FROM stream_keys WHERE ${where} RETURNING id`).bind(...values),
  ];
}

/** The origin hears so at its next heartbeat. */
function endPublished(db: D1Database, channel: string, id: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE broadcasts SET state = 'ended', state_ms = ?3, updated_ms = ?3, ended_ms = ?3
       WHERE stream_key = ?1 AND channel = ?2 AND state <> 'ended'`,
    )
    .bind(id, channel, nowMs);
}

function noKey(): ProblemError {
  return new ProblemError('not_found', 'This channel has no such stream key.');
}
