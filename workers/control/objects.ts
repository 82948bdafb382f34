import { importsPrefix, isObjectKey } from '#shared/model/object-name.ts';
import type { ObjectListing } from '#shared/wire/control.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { ProblemError } from './respond.ts';

/** Origins keep media in the deployment's own bucket through these calls, without keys for it. */

/** Throws `bad_request` for what cannot be a key. */
export function objectKeyOf(path: string): string {
  if (!isObjectKey(path)) throw new ProblemError('bad_request', 'This is not a key for an object.');
  return path;
}

/** Throws `forbidden` for what people upload: origins only read it. */
export function requireOwnObject(key: string): void {
  if (key.startsWith(importsPrefix)) throw new ProblemError('forbidden', 'Parts of imports are only read by origins.');
}

/** Stores an object whole; the bucket checks it against its digest. Throws `bad_request` for one without bytes. */
export async function putObject(bucket: Bucket, key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  if (body.byteLength === 0) throw new ProblemError('bad_request', 'An object has bytes.');
  await bucket.put(key, body);
}

/** The object; throws `not_found`. */
export async function getObject(bucket: Bucket, key: string): Promise<Response> {
  const stored = await bucket.get(key);
  if (!stored) throw new ProblemError('not_found', 'There is no such object.');
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(stored.sizeBytes) };
  return new Response(stored.body, { headers });
}

/** A page of the objects below a prefix. */
export function listObjects(bucket: Bucket, prefix: string, cursor: string | undefined): Promise<ObjectListing> {
  return bucket.list(prefix, cursor ?? null);
}
