import type { Env } from '../env.ts';
import { BoundBucket } from './bound-bucket.ts';
import { BucketError } from './bucket-error.ts';
import { S3Bucket } from './s3-bucket.ts';
import { readS3Settings, type S3Env } from './s3-settings.ts';

/** Where the deployment keeps media. Keys are checked by `isObjectKey` before they get here. */
export interface Bucket {
  /** The object or a range of it, or null when there is none; rejects when the bucket fails. Its body has to be read or cancelled. */
  get(key: string, range?: ByteRange): Promise<BucketObject | null>;
  /** Stores an object whole, checked against its digest on arrival. */
  put(key: string, body: Uint8Array<ArrayBuffer>): Promise<void>;
  /** A page of the objects below a prefix, by key; the first, or the one that begins after a key. */
  list(prefix: string, afterKey: string | null): Promise<BucketPage>;
  /** Removes objects, at most `edgeLimits.objectsListedMax`; those that are not there count as removed. */
  remove(keys: readonly string[]): Promise<void>;
}

/** Bytes of an object. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** An object on its way. */
export interface BucketObject {
  /** Of the whole object. */
  readonly sizeBytes: number;
  /** What was asked for of it. */
  readonly body: ReadableStream<Uint8Array>;
}

/** A page of a listing. */
export interface BucketPage {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[];
  /** The next page begins after this key; null: this was the last. */
  readonly next: string | null;
}

/** The bucket of this deployment: one with the S3 API when its name is set, else the bound one. Throws `bucket_misconfigured`. */
export function bucketOf(env: S3Env & Pick<Env, 'MEDIA'>): Bucket {
  const settings = readS3Settings(env);
  if (settings) return new S3Bucket(settings);
  if (env.MEDIA) return new BoundBucket(env.MEDIA);
  throw new BucketError('bucket_misconfigured', 'There is no bucket: neither S3_BUCKET nor the binding MEDIA is set.');
}
