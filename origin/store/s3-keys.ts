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

/** Why a file gives no keys: it is not there, may not be read, cannot be read, or has none. */
export type KeyFileFault = 'missing' | 'forbidden' | 'unreadable' | 'no_keys';

/**
 * Keys from a file as the AWS tools have it, read at each request: whoever rotates them replaces the file. One that
 * cannot be used, such as half of a file that is being written, leaves the keys before it in use; where there are none,
 * `store_refused` is thrown.
 * @param onFault told when the file can no longer be used, and, with null, when it can again
 */
export function keysInFile(path: string, onFault: (fault: KeyFileFault | null) => void = () => {}): S3KeySource {
  let known: S3Keys | null = null;
  let told: KeyFileFault | null = null;
  return async () => {
    const read = await readKeyFile(path);
    const fault = typeof read === 'string' ? read : null;
    if (fault !== told) onFault(fault);
    told = fault;
    if (typeof read !== 'string') known = read;
    if (!known) {
      throw new StoreError('store_refused', `There are no keys for the bucket in ${path}, or it cannot be read.`);
    }
    // The client asks again for what is over.
    return { ...known, expiration: new Date(0) };
  };
}

/** The keys in a file, or why there are none. */
export async function readKeyFile(path: string): Promise<S3Keys | KeyFileFault> {
  let values: ReadonlyMap<string, string>;
  try {
    values = valuesOf(await readFile(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'unreadable';
  }
  const [accessKeyId, secretAccessKey] = [values.get('aws_access_key_id'), values.get('aws_secret_access_key')];
  if (!accessKeyId || !secretAccessKey) return 'no_keys';
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
