import { readFile } from 'node:fs/promises';
import { StoreError } from './object-store.ts';

/** Who may use a bucket. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that were lent for a time. */
  readonly sessionToken?: string;
}

/** Keys that somebody else replaces, to be asked for at each request. */
export type S3KeySource = () => Promise<S3Keys & { readonly expiration: Date }>;

/**
 * Keys from a file as the AWS tools have it, read at each request: whoever rotates them replaces the file. One that
 * cannot be used, such as half of a file that is being written, leaves the keys before it in use; where there are none,
 * `store_refused` is thrown.
 */
export function keysInFile(path: string): S3KeySource {
  let known: S3Keys | null = null;
  return async () => {
    known = (await readKeys(path)) ?? known;
    if (!known) {
      throw new StoreError('store_refused', `There are no keys for the bucket in ${path}, or it cannot be read.`);
    }
    // The client asks again for what is over.
    return { ...known, expiration: new Date(0) };
  };
}

async function readKeys(path: string): Promise<S3Keys | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const values = valuesOf(text);
  const [accessKeyId, secretAccessKey] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')];
  if (!accessKeyId || !secretAccessKey) return null;
  const sessionToken = values.get('aws_session_token');
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** What stands in the profile `default`, or in front of any. */
function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let profile = 'default';
  for (const line of text.split(/\r?\n/)) {
    profile = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1] ?? profile;
    const [, name, value] = /^\s*(aws_\w+)\s*=\s*(\S+)(?:\s+[#;].*|\s*)$/.exec(line) ?? [];
    if (profile === 'default' && name && value) values.set(name, value);
  }
  return values;
}
