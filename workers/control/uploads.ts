import { importLimits } from '#shared/limits/control.ts';
import { isImportId } from '#shared/model/id.ts';
import { partCount, partRange } from '#shared/model/import.ts';
import { importPartKey } from '#shared/model/object-name.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { readExactly } from './body.ts';
import { noChannel } from './channels.ts';
import type { ImportDetails, NewImport } from './contract/imports.ts';
import { type ImportRow, importDetails, isUnderWay, selectImport, stateSentences } from './import-rows.ts';
import { selectTakers, type Takers, waitOf } from './import-waits.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import type { Page } from './schemas.ts';

/** Begins an upload; throws `not_found`, and `conflict` where the channel takes none or has many under way. */
export async function createImport(
  db: D1Database,
  channel: string,
  { name, sizeBytes, title = null }: NewImport,
  nowMs: number,
): Promise<ImportDetails> {
  const id = newId('i', nowMs);
  const { meta } = await db
    .prepare(
      `INSERT INTO imports (id, channel, name, title, size_bytes, part_bytes, state, created_ms, updated_ms)
       SELECT ?1, id, ?3, ?4, ?5, ?6, 'receiving', ?7, ?7 FROM channels WHERE id = ?2 AND disabled = 0
         AND (SELECT COUNT(*) FROM imports WHERE channel = ?2 AND ${isUnderWay}) < ?8`,
    )
    .bind(id, channel, name, title, sizeBytes, importLimits.partBytes, nowMs, importLimits.underWayMax)
    .run();
  if (meta.changes === 0) throw await whyNoImport(db, channel);
  return getImport(db, id, nowMs);
}

async function whyNoImport(db: D1Database, channel: string): Promise<ProblemError> {
  const row = await db
    .prepare('SELECT disabled FROM channels WHERE id = ?1')
    .bind(channel)
    .first<{ readonly disabled: 0 | 1 }>();
  if (!row) return noChannel();
  if (row.disabled) return new ProblemError('conflict', 'This channel is disabled. Enable it first.');
  const detail = `This channel has ${importLimits.underWayMax} imports under way. Wait for one, or cancel it.`;
  return new ProblemError('conflict', detail);
}

/** One import; throws `not_found`. */
export async function getImport(db: D1Database, id: string, nowMs: number): Promise<ImportDetails> {
  if (!isImportId(id)) throw noImport();
  const [rows, takers] = await db.batch([
    db.prepare(`${selectImport} WHERE i.id = ?1 AND i.deleted_ms IS NULL`).bind(id),
    selectTakers(db, nowMs),
  ]);
  const [found] = detailsOf(rows, takers, nowMs);
  if (!found) throw noImport();
  return found;
}

function detailsOf(rows: D1Result | undefined, takers: D1Result | undefined, nowMs: number): ImportDetails[] {
  const [counted = { living: 0, open: 0, roomy: 0, idle: 0 }] = (takers?.results ?? []) as Takers[];
  const found = (rows?.results ?? []) as ImportRow[];
  return found.map((row) => importDetails(row, waitOf(row, counted, nowMs)));
}

/** A page of a channel's imports, newest first; throws `not_found`. */
export async function listImports(db: D1Database, channel: string, page: Page, nowMs: number) {
  const [known, rows, takers] = await db.batch([
    db.prepare('SELECT id FROM channels WHERE id = ?1').bind(channel),
    db
      .prepare(
        `${selectImport} WHERE i.channel = ?1 AND i.deleted_ms IS NULL AND (?2 = '' OR i.id < ?2)
         ORDER BY i.id DESC LIMIT ?3`,
      )
      .bind(channel, page.cursor, page.limit + 1),
    selectTakers(db, nowMs),
  ]);
  if (known?.results.length === 0) throw noChannel();
  const found = detailsOf(rows, takers, nowMs);
  const imports = found.slice(0, page.limit);
  return { imports, next: found.length > page.limit ? (imports.at(-1)?.id ?? null) : null };
}

/** Where the bytes of a part come from and go to. */
interface PartTransfer {
  readonly db: D1Database;
  readonly bucket: Bucket;
  readonly request: Request;
}

/**
 * Stores one part of a file. Throws `not_found`, `conflict` once nothing more is received, `bad_request` for a part that there
 * is not, and what {@link readExactly} throws for one of another length.
 */
export async function putPart({ db, bucket, request }: PartTransfer, id: string, part: string): Promise<void> {
  const upload = await openUpload(db, id);
  const parts = partCount(upload);
  const number = /^(?:0|[1-9][0-9]{0,3})$/.test(part) ? Number(part) : parts;
  if (number >= parts) throw new ProblemError('bad_request', `part: this file has the parts 0 to ${parts - 1}.`);
  const [startByte, endByte] = partRange(upload, number);
  const bytes = await readExactly(request, endByte - startByte);
  // That may have taken long. What is cancelled from here on is in the bucket sooner than the cleaning looks for the last time.
  await openUpload(db, id);
  await bucket.put(importPartKey(id, number), bytes);
  const [noted] = await db.batch([
    db.prepare("UPDATE imports SET updated_ms = ?2 WHERE id = ?1 AND state = 'receiving'").bind(id, Date.now()),
    db
      .prepare(
        `INSERT INTO import_parts (import, part) SELECT id, ?2 FROM imports WHERE id = ?1 AND state = 'receiving'
         ON CONFLICT DO NOTHING`,
      )
      .bind(id, number),
  ]);
  if (noted?.meta.changes === 0) await openUpload(db, id);
}

type Upload = Pick<ImportDetails, 'sizeBytes' | 'partBytes' | 'state'>;

/** An import that takes parts; throws `not_found`, and `conflict` for one that takes no more. */
async function openUpload(db: D1Database, id: string): Promise<Upload> {
  const statement = db
    .prepare(
      `SELECT size_bytes AS sizeBytes, part_bytes AS partBytes, state FROM imports
       WHERE id = ?1 AND deleted_ms IS NULL`,
    )
    .bind(id);
  const upload = isImportId(id) ? await statement.first<Upload>() : null;
  if (!upload) throw noImport();
  if (upload.state === 'receiving') return upload;
  const detail = `This import ${stateSentences[upload.state]}: it takes no more parts.`;
  throw new ProblemError('conflict', detail, { reason: 'not_receiving' });
}

/** Hands a whole file on to the origins; one that was handed on stays so. Throws `not_found`, and `conflict` with what is missing. */
export async function completeImport(db: D1Database, id: string, nowMs: number): Promise<ImportDetails> {
  await db
    .prepare(
      `UPDATE imports SET state = 'queued', share = 0, updated_ms = ?2 WHERE id = ?1 AND state = 'receiving'
         AND (SELECT COUNT(*) FROM import_parts WHERE import = ?1) = (size_bytes + part_bytes - 1) / part_bytes`,
    )
    .bind(id, nowMs)
    .run();
  const found = await getImport(db, id, nowMs);
  const { state, partsMissing } = found;
  if (state === 'receiving') {
    const detail = `Parts are missing: ${listed(partsMissing)}. Send them, then complete the import.`;
    throw new ProblemError('conflict', detail, { reason: 'parts_missing' });
  }
  if (state === 'failed' || state === 'cancelled') {
    throw new ProblemError('conflict', `This import ${stateSentences[state]}. Begin another one.`);
  }
  return found;
}

function listed(parts: readonly number[]): string {
  const [shown, more] = [parts.slice(0, importLimits.partsNamedMax), parts.length - importLimits.partsNamedMax];
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Cancels an import that is under way, and takes one that is over off the list; throws `not_found`. */
export async function deleteImport(db: D1Database, id: string, nowMs: number): Promise<void> {
  // In this order: what is cancelled now stays on the list.
  const results = await db.batch([
    db
      .prepare(`UPDATE imports SET deleted_ms = ?2 WHERE id = ?1 AND deleted_ms IS NULL AND NOT (${isUnderWay})`)
      .bind(id, nowMs),
    db
      .prepare(`UPDATE imports SET state = 'cancelled', updated_ms = ?2 WHERE id = ?1 AND ${isUnderWay}`)
      .bind(id, nowMs),
  ]);
  if (results.every(({ meta }) => meta.changes === 0)) throw noImport();
}

/** What is thrown wherever an import is looked for and not there. */
function noImport(): ProblemError {
  return new ProblemError('not_found', 'There is no such import.');
}
