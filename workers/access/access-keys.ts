/** What one secret of `ACCESS_KEYS` becomes. */
export interface AccessKey {
  readonly kid: string;
  /** HMAC-SHA256 over session tokens. */
  readonly sessionKey: CryptoKey;
  /** AES-256-GCM over the secrets of signing keys. */
  readonly sealKey: CryptoKey;
}

const secretCharsMin = 32;
const encoder = new TextEncoder();

/** Finished keys only: a promise that another request made must not be waited for. */
let derived: { readonly text: string; readonly keys: readonly AccessKey[] } | null = null;

/** The keys of `ACCESS_KEYS`, first the one that signs and seals; derived once per isolate. Throws when the setting is not valid, without its text. */
export async function accessKeys(text: string): Promise<readonly AccessKey[]> {
  if (derived?.text === text) return derived.keys;
  const pairs = (text ?? '').split(' ').filter(Boolean);
  if (pairs.length === 0) throw new Error('ACCESS_KEYS is not set. Give it <kid>:<secret>, as WIRE_KEYS.');
  const keys = await Promise.all(pairs.map(derivePair));
  derived = { text, keys };
  return keys;
}

async function derivePair(pair: string, index: number): Promise<AccessKey> {
  const [, kid = '', secret = ''] = /^([A-Za-z0-9_-]{1,32}):(.*)$/s.exec(pair) ?? [];
  if (kid === '' || secret.length < secretCharsMin) {
    throw new Error(`ACCESS_KEYS entry ${index + 1} is not <kid>:<secret> with ${secretCharsMin} characters or more`);
  }
  const master = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey']);
  const from = (info: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(0),
    info: encoder.encode(info),
  });
  const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  const aes = { name: 'AES-GCM', length: 256 };
  return {
    kid,
    sessionKey: await crypto.subtle.deriveKey(from('headwater session'), master, hmac, false, ['sign', 'verify']),
    sealKey: await crypto.subtle.deriveKey(from('headwater signing key'), master, aes, false, ['encrypt', 'decrypt']),
  };
}
