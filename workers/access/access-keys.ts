/** A secret of the access layer: its keys for session tokens and for sealing signing keys. */
export interface AccessKey {
  readonly kid: string;
  /** HMAC-SHA-256, signs and checks session tokens. */
  readonly sessionKey: CryptoKey;
  /** AES-256-GCM, seals and opens signing keys in the catalogue. */
  readonly sealKey: CryptoKey;
}

/** The setting lacks what is needed. Its message says which setting, how to set it, and nothing of its text. */
export class AccessKeysError extends Error {
  constructor(fault: string) {
    super(`${fault}. Set it with: npx wrangler secret put ACCESS_KEYS`);
    this.name = 'AccessKeysError';
  }
}

const secretCharsMin = 32;
const encoder = new TextEncoder();

/** Finished keys only: a promise that another request made must not be waited for. */
let imported: { readonly text: string; readonly keys: readonly AccessKey[] } | null = null;

/**
 * The keys of the secret `ACCESS_KEYS` (`<kid>:<secret>`, several separated by a space; the first signs and seals, all
 * check and open), derived once per isolate. Throws AccessKeysError when the setting is missing or not valid.
 */
export async function accessKeys(text: string | undefined): Promise<readonly AccessKey[]> {
  const setting = text ?? '';
  if (imported?.text === setting) return imported.keys;
  const pairs = setting.split(' ').filter(Boolean);
  if (pairs.length === 0) throw new AccessKeysError('ACCESS_KEYS is not set');
  const keys = await Promise.all(pairs.map(derivePair));
  imported = { text: setting, keys };
  return keys;
}

async function derivePair(pair: string, index: number): Promise<AccessKey> {
  const [, kid = '', secret = ''] = /^([A-Za-z0-9_-]{1,32}):(.*)$/.exec(pair) ?? [];
  if (kid === '' || secret.length < secretCharsMin) {
    throw new AccessKeysError(
      `ACCESS_KEYS entry ${index + 1} is not <kid>:<secret> with ${secretCharsMin} characters or more`,
    );
  }
  const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey']);
  const session = { name: 'HMAC', hash: 'SHA-256', length: 256 } as const;
  const seal = { name: 'AES-GCM', length: 256 } as const;
  return {
    kid,
    sessionKey: await crypto.subtle.deriveKey(hkdf('headwater session'), material, session, false, ['sign', 'verify']),
    sealKey: await crypto.subtle.deriveKey(hkdf('headwater signing key'), material, seal, false, [
      'encrypt',
      'decrypt',
    ]),
  };
}

/** RFC 5869; one secret gives keys that say nothing of each other. */
function hkdf(info: string) {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: encoder.encode(info) } as const;
}
