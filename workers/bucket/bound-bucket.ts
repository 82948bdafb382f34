import { edgeLimits } from '#shared/limits/edge.ts';
import type { Bucket, BucketObject, BucketPage, ByteRange } from './bucket.ts';

/** A bucket bound to the Worker. */
export class BoundBucket implements Bucket {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  async get(key: string, range?: ByteRange): Promise<BucketObject | null> {
    const wanted = range && { range: { offset: range.offsetBytes, length: range.lengthBytes } };
    const stored = await this.#bucket.get(key, wanted);
    return stored && { sizeBytes: stored.size, body: stored.body };
  }

  async put(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#bucket.put(key, body, { sha256: await crypto.subtle.digest('SHA-256', body) });
  }

  async list(prefix: string, afterKey: string | null): Promise<BucketPage> {
    const after = afterKey !== null && { startAfter: afterKey };
    const page = await this.#bucket.list({ prefix, limit: edgeLimits.objectsListedMax, ...after });
    const objects = page.objects.map(({ key, size }) => ({ key, sizeBytes: size }));
    return { objects, next: page.truncated ? (objects.at(-1)?.key ?? null) : null };
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#bucket.delete([...keys]);
  }
}
