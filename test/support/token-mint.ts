import {
  createCipheriv,
  createHmac,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { encode } from 'cborg';
import { noteToken } from './canary-notes.ts';
import { type Edge, testSecrets } from './edge.ts';

type Claims = Readonly<Record<string, unknown>>;

/** A key that the tests sign with. */
export interface TestKey {
  readonly kid: string;
  readonly algorithm: 'HS256' | 'ES256' | 'EdDSA';
  readonly channel: string | null;
  readonly secret: Buffer | null;
  readonly privateKey: KeyObject | null;
  /** Public part as JSON of a JWK; null for a shared secret. */
  readonly publicJwk: string | null;
  /** Ms since the Unix epoch. */
  readonly untilMs: number | null;
}

/** A new key; `secret` sets the bytes of a shared one. */
export function newTestKey(
  kid: string,
  algorithm: TestKey['algorithm'],
  different: { readonly channel?: string; readonly secret?: Buffer; readonly untilMs?: number } = {},
): TestKey {
  const base = { kid, algorithm, channel: different.channel ?? null, untilMs: different.untilMs ?? null };
  if (algorithm === 'HS256')
    return { ...base, secret: different.secret ?? randomBytes(32), privateKey: null, publicJwk: null };
  const { publicKey, privateKey } =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return { ...base, secret: null, privateKey, publicJwk: JSON.stringify(publicKey.export({ format: 'jwk' })) };
}

/** Enters keys into the catalogue as the API does. */
export async function enterKeys(edge: Edge, keys: readonly TestKey[]): Promise<void> {
  await edge.sql(`CREATE TABLE IF NOT EXISTS signing_keys (kid TEXT PRIMARY KEY, channel TEXT, algorithm TEXT,
    use TEXT, public_jwk TEXT, sealed TEXT, jwks_url TEXT, created_ms INTEGER, signs_until_ms INTEGER,
    until_ms INTEGER, killed_ms INTEGER, label TEXT)`);
  for (const { kid, channel, algorithm, publicJwk, secret, untilMs } of keys) {
    await edge.sql(
      `INSERT INTO signing_keys (kid, channel, algorithm, use, public_jwk, sealed, created_ms, until_ms, label)
       VALUES (?1, ?2, ?3, 'verify', ?4, ?5, 1, ?6, 'test')`,
      ...[kid, channel, algorithm, publicJwk, secret && sealSecret(kid, secret), untilMs],
    );
  }
}

/** As the Worker seals: AES-256-GCM with a key of ACCESS_KEYS, bound to the id. */
function sealSecret(kid: string, secret: Buffer): string {
  const [sealKid = '', access = ''] = testSecrets.ACCESS_KEYS.split(' ')[0]?.split(':') ?? [];
  const key = Buffer.from(hkdfSync('sha256', access, '', 'headwater signing key', 32));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(kid));
  const bytes = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return [sealKid, iv.toString('base64url'), bytes.toString('base64url')].join('.');
}

const encodeJson = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT, made by hand so that everything about it can be wrong. */
export function mintJwt(key: TestKey, claims: unknown, header: Claims = {}): string {
  const signed = `${encodeJson({ alg: key.algorithm, typ: 'JWT', kid: key.kid, ...header })}.${encodeJson(claims)}`;
  const token = `${signed}.${signBytes(key, Buffer.from(signed)).toString('base64url')}`;
  noteToken('a JWT', token);
  return token;
}

/** The signature of a key, raw (r and s one after the other for ES256). */
export function signBytes({ algorithm, secret, privateKey }: TestKey, bytes: Buffer): Buffer {
  if (secret) return createHmac('sha256', secret).update(bytes).digest();
  const key = privateKey as KeyObject;
  return algorithm === 'ES256' ? sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }) : sign(null, bytes, key);
}

/** What of a CAT is not as usual. */
export interface OddCat {
  readonly protectedHeaders?: Map<unknown, unknown>;
  readonly openHeaders?: Map<unknown, unknown>;
  /** Bytes in front: the tags. */
  readonly lead?: readonly number[];
}

const coseNumbers = { HS256: 5, ES256: -7, EdDSA: -8 } as const;

/** A Common Access Token of claims by label. */
export function mintCat(key: TestKey, claims: Map<unknown, unknown>, odd: OddCat = {}): string {
  const isMac = key.algorithm === 'HS256';
  const guarded = Buffer.from(encode(odd.protectedHeaders ?? new Map([[1, coseNumbers[key.algorithm]]])));
  const open = odd.openHeaders ?? new Map<unknown, unknown>([[4, Buffer.from(key.kid)]]);
  const payload = Buffer.from(encode(claims));
  const signed = Buffer.from(encode([isMac ? 'MAC0' : 'Signature1', guarded, Buffer.alloc(0), payload]));
  const message = Buffer.from(encode([guarded, open, payload, signBytes(key, signed)]));
  const lead = odd.lead ?? [0xd8, 61, isMac ? 0xd1 : 0xd2];
  const token = Buffer.concat([Buffer.from(lead), message]).toString('base64url');
  noteToken('a CAT', token);
  return token;
}
