import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import S3Object from 's3rver/lib/models/object.js';

interface Kept {
  readonly bytes: Buffer;
  readonly md5: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly modified: string;
}

interface ListOptions {
  readonly startAfter?: string | undefined;
  readonly prefix?: string | undefined;
  readonly maxKeys?: number | undefined;
}

/**
 * Objects of an S3 server in memory: an object is there whole once its PUT is answered, and not before, as in every real
 * bucket. The server's own store writes files in place: while it does, listings name what is half there, and leave the
 * digest of that half behind.
 */
export class S3Objects {
  readonly #buckets = new Map<string, Map<string, Kept>>();

  async getBucket(name: string) {
    return this.#buckets.has(name) ? { name, creationDate: new Date(0) } : null;
  }

  async putBucket(name: string) {
    if (!this.#buckets.has(name)) this.#buckets.set(name, new Map());
    return this.getBucket(name);
  }

  /** A page of a listing, in the order of UTF-8 as S3 has it: keys of ours are ASCII. */
  async listObjects(bucket: string, { startAfter = '', prefix = '', maxKeys = 1_000 }: ListOptions) {
    const isWanted = (key: string) => key.startsWith(prefix) && key > startAfter;
    const keys = [...this.#of(bucket).keys()].filter(isWanted).sort();
    const objects = keys.slice(0, maxKeys).flatMap((key) => this.#read(bucket, key) ?? []);
    return { objects, commonPrefixes: [], isTruncated: keys.length > maxKeys };
  }

  async existsObject(bucket: string, key: string) {
    return this.#of(bucket).has(key);
  }

  async getObject(
    bucket: string,
    key: string,
    { start, end }: { readonly start?: number; readonly end?: number } = {},
  ) {
    const object = this.#read(bucket, key);
    const bytes = this.#of(bucket).get(key)?.bytes;
    if (!object || !bytes) return null;
    const range = { start: start ?? 0, end: Math.min(end ?? Number.POSITIVE_INFINITY, bytes.length - 1) };
    if (start !== undefined || end !== undefined) object.range = range;
    if (range.start <= range.end) object.content = Readable.from([bytes.subarray(range.start, range.end + 1)]);
    return object;
  }

  async putObject(object: S3Object) {
    const { bucket, key, content, metadata } = object;
    const bytes = Buffer.isBuffer(content) ? content : await buffer(content as Readable);
    return { size: bytes.length, md5: this.keep(bucket, key, bytes, metadata) };
  }

  /** Keeps an object; its digest. */
  keep(bucket: string, key: string, bytes: Buffer, metadata: Kept['metadata'] = {}): string {
    const md5 = createHash('md5').update(bytes).digest('hex');
    this.#of(bucket).set(key, { bytes, md5, metadata, modified: new Date().toUTCString() });
    return md5;
  }

  async deleteObject(bucket: string, key: string) {
    this.#of(bucket).delete(key);
  }

  /** Of CORS and websites: there is none. */
  async getSubresource() {
    return null;
  }

  #of(bucket: string): Map<string, Kept> {
    return this.#buckets.get(bucket) ?? new Map();
  }

  #read(bucket: string, key: string): S3Object | null {
    const kept = this.#of(bucket).get(key);
    if (!kept) return null;
    const { bytes, md5, metadata, modified } = kept;
    const about = { etag: `"${md5}"`, 'last-modified': modified, 'content-length': String(bytes.length) };
    return new S3Object(bucket, key, null, { ...metadata, ...about });
  }
}
