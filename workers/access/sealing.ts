import { type AccessKey, AccessKeysError } from './access-keys.ts';
import { fromBase64url, toBase64url } from './base64url.ts';

const ivBytes = 12;
const encoder = new TextEncoder();

/** Encrypts a secret for the catalogue with the first key: `<kid>.<iv>.<bytes>`, bound to `name` so that rows cannot be exchanged. */
export async function seal(keys: readonly AccessKey[], name: string, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const [key] = keys;
  if (!key) throw new Error('there is no key to seal with');
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
  const bytes = new Uint8Array(await crypto.subtle.encrypt(algorithm, key.sealKey, secret));
  return `${key.kid}.${toBase64url(iv)}.${toBase64url(bytes)}`;
}

/** Opens what {@link seal} made; throws when its key is not in `keys` or anything was changed. */
export async function unseal(
  keys: readonly AccessKey[],
  name: string,
  sealed: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const [kid, ...parts] = sealed.split('.');
  const [iv, bytes] = parts.map(fromBase64url);
  const key = keys.find((known) => known.kid === kid);
  if (!key) throw new AccessKeysError(`ACCESS_KEYS does not have the key that ${name} is sealed with`);
  if (!iv || !bytes) throw new Error(`signing key ${name} is not sealed as this deployment seals`);
  const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key.sealKey, bytes));
}
