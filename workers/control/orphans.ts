import { controlLimits } from '#shared/limits/control.ts';
import { isImportId } from '#shared/model/id.ts';
import { importsPrefix, objectKey, recordFile } from '#shared/model/object-name.ts';
import type { Bucket } from '../bucket/bucket.ts';
import type { Orphan } from './contract/replays.ts';
import type { Page } from './schemas.ts';

/** A page of the bucket's objects, and which of them are orphans; `next` is null when all of the bucket was looked at. */
export async function listOrphans(db: D1Database, bucket: Bucket, cursor: string | null) {
  const page = await bucket.list('', cursor);
  const found = new Map<string, { objects: number; sizeBytes: number }>();
  for (const { key, sizeBytes } of page.objects) {
    const id = ownerOf(key);
    const seen = found.get(id) ?? { objects: 0, sizeBytes: 0 };
    found.set(id, { objects: seen.objects + 1, sizeBytes: seen.sizeBytes + sizeBytes });
  }
  const { results } = await db
    .prepare(
      `SELECT value AS id, b.id IS NOT NULL OR i.id IS NOT NULL AS known, d.state AS deletion FROM json_each(?1)
       LEFT JOIN broadcasts b ON b.id = value LEFT JOIN deletions d ON d.broadcast = value
       LEFT JOIN imports i ON i.id = value AND i.parts_left = 1`,
    )
    .bind(JSON.stringify([...found.keys()]))
    .all<{ id: string; known: 0 | 1; deletion: string | null }>();
  const orphans = results.flatMap(({ id, known, deletion }): Orphan[] => {
    // While it is being removed it is accounted for, also without its channel.
    if (id !== '' && (deletion === null ? known === 1 : deletion !== 'done')) return [];
    const why = id === '' ? 'not_media' : deletion === 'done' ? 'deleted' : 'unknown';
    const { objects = 0, sizeBytes = 0 } = found.get(id) ?? {};
    return [{ prefix: prefixOf(id), why, objects, sizeBytes }];
  });
  return { orphans, looked: page.objects.length, next: page.next };
}

/** The broadcast or the import that an object belongs to; empty for none. */
function ownerOf(key: string): string {
  return /^(?:(?:parts\/)?b\/(?=b_)|imports\/(?=i_))([a-z]_[0-9a-z]{20})\//.exec(key)?.[1] ?? '';
}

function prefixOf(id: string): string {
  if (id === '') return '';
  return isImportId(id) ? `${importsPrefix}${id}/` : objectKey(id, '');
}

/** A page of ended broadcasts, newest first, and which of them have no record in the bucket: they cannot be played. */
export async function listUnrecorded(db: D1Database, bucket: Bucket, page: Page) {
  const limit = Math.min(page.limit, controlLimits.recordsLookedUpMax);
  const { results } = await db
    .prepare(
      `SELECT id, channel, ended_ms AS endedMs FROM broadcasts
       WHERE state = 'ended' AND deleted_ms IS NULL AND (?1 = '' OR id < ?1) ORDER BY id DESC LIMIT ?2`,
    )
    .bind(page.cursor, limit + 1)
    .all<{ id: string; channel: string; endedMs: number }>();
  const looked = results.slice(0, limit);
  const has = await Promise.all(looked.map(({ id }) => isRecorded(bucket, id)));
  const broadcasts = looked.filter((_, i) => has[i] !== true);
  return { broadcasts, looked: looked.length, next: results.length > limit ? (looked.at(-1)?.id ?? null) : null };
}

async function isRecorded(bucket: Bucket, id: string): Promise<boolean> {
  const stored = await bucket.get(objectKey(id, recordFile), { offsetBytes: 0, lengthBytes: 1 });
  await stored?.body.cancel();
  return stored !== null;
}
