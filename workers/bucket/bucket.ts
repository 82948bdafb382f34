import type { Env } from '../env.ts';
import { BoundBucket } from './bound-bucket.ts';

/** Where the deployment keeps media. Keys are checked by `isObjectKey` before they get here. */
export interface Bucket {
  /** The object or a range of it, or null when there is none; rejects when the bucket fails. Its body has to be read or cancelled. */
  get(key: string, range?: ByteRange): Promise<BucketObject | null>;
  /** Stores an object whole, checked against its digest on arrival. */
  put(key: string, body: Uint8Array<ArrayBuffer>): Promise<void>;
  /** A page of the objects below a prefix, by key. */
  list(prefix: string, cursor: string | null): Promise<BucketPage>;
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
  /** For the next page; null: this was the last. */
  readonly next: string | null;
}

/** The bucket of this deployment. */
export function bucketOf({ MEDIA }: Pick<Env, 'MEDIA'>): Bucket {
  return new BoundBucket(MEDIA);
}
