import type { WireKey } from '#shared/wire/signature.ts';
import type { ObjectStore } from './object-store.ts';
import { createS3Store, type S3Options } from './s3-store.ts';
import { createWorkerStore } from './worker-store.ts';

/** Which bucket media goes to: one with the S3 API, the deployment's own through its Worker, or none. */
export type BucketSettings =
  | ({ readonly kind: 's3' } & S3Options)
  | { readonly kind: 'worker' }
  | { readonly kind: 'none' };

/** The bucket that media goes to; null: none. */
export function openBucket(settings: BucketSettings, controlUrl: string, key: WireKey): ObjectStore | null {
  if (settings.kind === 's3') return createS3Store(settings);
  return settings.kind === 'worker' ? createWorkerStore({ url: controlUrl, key, now: Date.now }) : null;
}
