import type { AccessKey } from './access-keys.ts';

const ivBytes = 12;
const encoder = new TextEncoder();

/** Encrypts a secret for the catalogue with the first key: `<kid>.<iv>.<bytes>`, bound to `name` so that rows cannot be exchanged. */
export async function seal(keys: readonly AccessKey[], name: string, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const [key] = keys;
  if (!key) throw new Error('there is no key to seal with');
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const algorithm = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
  const bytes = new Uint8Array(await crypto.subtle.encrypt(algorithm, key.sealKey, secret));
  return `${key.kid}.${toBase64Url(iv)}.${toBase64Url(bytes)}`;
}

/** Opens what {@link seal} made; throws when its key is not in `keys` or anything was changed. */
export async function unseal(
  keys: readonly AccessKey[],
  name: string,
  sealed: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const [kid, iv = '', bytes = ''] = sealed.split('.');
  const key = keys.find((known) => known.kid === kid);
  if (!key) throw new Error(`signing key ${name} is sealed with a key that ACCESS_KEYS does not have`);
  const algorithm = { name: 'AES-GCM', iv: fromBase64Url(iv), additionalData: encoder.encode(name) };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key.sealKey, fromBase64Url(bytes)));
}

/** Base64 for URLs without padding (RFC 4648 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}
