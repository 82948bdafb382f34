import { randomBytes } from 'node:crypto';
import { formatId } from '#shared/model/id.ts';
import { objectKey } from '#shared/model/object-name.ts';
import type { Config, ConfigError } from '../../origin/config/config.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import type { S3Options } from '../../origin/store/s3-store.ts';
import { type S3Action, s3Fault } from './s3-fault.ts';
import type { Variables } from './settings.ts';
import { failed, ok, skipped, type Verdict } from './verdict.ts';

const objectBytes = 4_096;
const actions = ['put', 'get', 'list', 'delete'] as const;

/** What the origin's own keys can do, where it has some; nothing where its media goes through the Worker. */
export async function checkOwnBucket(
  variables: Variables,
  bucket: Config['bucket'] | null = null,
): Promise<readonly Verdict[]> {
  if (bucket?.kind === 's3') return checkS3(bucket);
  if (bucket !== null || variables.HEADWATER_BUCKET_KIND !== 's3') {
    if (!variables.HEADWATER_S3_BUCKET) return [];
    const words = 'HEADWATER_S3_BUCKET is set and not used: that takes HEADWATER_BUCKET_KIND=s3';
    return [skipped('s3', words)];
  }
  // The rest of the configuration is wrong, and told of by itself. Loaded here: no other command needs it.
  const { loadBucket } = await import('../../origin/config/config.ts');
  try {
    const settings = loadBucket(variables);
    return settings.kind === 's3' ? await checkS3(settings) : [];
  } catch (error) {
    const { faults } = error as ConfigError;
    const words = faults.map(({ variable, field, message }) => `${variable ?? field}: ${message}`);
    return [failed('s3', words.join('; '), faults[0]?.fix ?? 'docs/operate/settings.md lists the settings.')];
  }
}

/** Puts an object into the origin's own bucket with the origin's keys, reads it, lists it and deletes it. */
export async function checkS3(options: S3Options): Promise<readonly Verdict[]> {
  const keyFile = await checkKeyFile(options);
  if (keyFile) return [keyFile, ...actions.map((action) => skipped(`s3 ${action}`, 'there are no keys'))];
  const { createS3Store } = await import('../../origin/store/s3-store.ts');
  const store = createS3Store(options);
  const prefix = objectKey(formatId('b', Date.now(), randomBytes(16)), '');
  const key = `${prefix}doctor.bin`;
  const body = randomBytes(objectBytes);
  const attempts: Readonly<Record<S3Action, () => Promise<Verdict | null>>> = {
    put: () => store.put(key, [body]).then(() => null),
    get: async () =>
      (await store.get(key))?.equals(body) ? null : failed('s3 get', 'What was put is not there.', notThere),
    list: async () =>
      (await sizeOf(store, prefix, key)) === objectBytes
        ? null
        : failed('s3 list', 'The list does not name what was put.', notThere),
    delete: async () => {
      await store.remove([key]);
      const isGone = (await store.get(key)) === null;
      return isGone
        ? null
        : failed('s3 delete', 'A deleted object is still there.', 'Look at the bucket’s locks and versions.');
    },
  };
  const verdicts: Verdict[] = [];
  for (const action of actions) {
    // Without an object there is nothing to read or delete.
    const needsPut = verdicts[0]?.status === 'failed';
    verdicts.push(
      needsPut ? skipped(`s3 ${action}`, 'nothing could be put') : await tried(action, attempts[action], options),
    );
  }
  return verdicts;
}

/** What is wrong with the file that has the keys; null: nothing. */
async function checkKeyFile(options: S3Options): Promise<Verdict | null> {
  const { keyFileFault } = await import('../../origin/store/s3-store.ts');
  const fault = await keyFileFault(options);
  if (fault === null) return null;
  const path = options.credentialsPath ?? '';
  const [detail, fix] = {
    missing: [`There is no file ${path}.`, 'Write it, or correct HEADWATER_S3_CREDENTIALS_FILE.'],
    forbidden: [`This user may not read ${path}.`, 'Give it to the origin’s user (mode 0600), and ask as that user.'],
    unreadable: [`${path} cannot be read.`, 'Correct HEADWATER_S3_CREDENTIALS_FILE: it names a file.'],
    no_keys: [
      `${path} has no aws_access_key_id with aws_secret_access_key in the profile "default".`,
      'docs/operate/storage.md, “Keys that change”, shows how it has to look.',
    ],
  }[fault] as [string, string];
  return failed('s3 keys', detail, fix);
}

const notThere = 'Look at the bucket’s rules: an origin needs to read and list what it has put at once.';

async function tried(action: S3Action, work: () => Promise<Verdict | null>, options: S3Options): Promise<Verdict> {
  const begunMs = performance.now();
  try {
    return (await work()) ?? ok(`s3 ${action}`, `${options.bucket}, ${Math.round(performance.now() - begunMs)} ms`);
  } catch (error) {
    const { detail, fix } = s3Fault((error as Error).cause ?? error, action, options);
    return failed(`s3 ${action}`, detail, fix);
  }
}

async function sizeOf(store: ObjectStore, prefix: string, key: string): Promise<number | null> {
  for await (const found of store.list(prefix)) if (found.key === key) return found.sizeBytes;
  return null;
}
