import type { WireKey } from '#shared/wire/signature.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from './object-store.ts';
import type { KeyFileFault } from './s3-keys.ts';
import { createS3Store, type S3Options } from './s3-store.ts';
import { createWorkerStore } from './worker-store.ts';

/** Which bucket media goes to: one with the S3 API, the deployment's own through its Worker, or none. */
export type BucketSettings =
  | ({ readonly kind: 's3' } & S3Options)
  | { readonly kind: 'worker' }
  | { readonly kind: 'none' };

/** The bucket that media goes to; null: none. @param log told of a file with keys that cannot be used */
export function openBucket(
  settings: BucketSettings,
  controlUrl: string,
  key: WireKey,
  log: Log | null = null,
): ObjectStore | null {
  if (settings.kind === 's3') return createS3Store(settings, log ? keyFileTeller(settings, log) : undefined);
  return settings.kind === 'worker' ? createWorkerStore({ url: controlUrl, key, now: Date.now }) : null;
}

const reasons: Readonly<Record<KeyFileFault, string>> = {
  missing: 'there is no such file',
  forbidden: 'the origin’s user may not read it',
  unreadable: 'it cannot be read',
  no_keys: 'it has no aws_access_key_id with aws_secret_access_key in the profile "default"',
};

function keyFileTeller({ credentialsPath: path }: S3Options, log: Log): (fault: KeyFileFault | null) => void {
  return (fault) => {
    if (fault === null)
      log.info({ event: 'keys_readable', path }, 'the file with the keys of the bucket is read again');
    else {
      const fields = { event: 'keys_unreadable', path, code: fault, why: reasons[fault] };
      log.warn(
        fields,
        'the file with the keys of the bucket cannot be used: the keys before it stay in use, if there are any',
      );
    }
  };
}
