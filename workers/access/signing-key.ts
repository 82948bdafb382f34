import { signingLimits } from '#shared/limits/access.ts';
import { toBase64url } from './base64url.ts';
import type { TokenAlgorithm } from './ports.ts';

/** The public part of a key (RFC 7517), with nothing beside what checking needs. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP';
  readonly crv: 'P-256' | 'Ed25519';
  readonly x: string;
  readonly y?: string;
  readonly kid?: string;
  readonly alg: 'ES256' | 'EdDSA';
  readonly use: 'sig';
}

/** A key that was just made. */
interface NewKeyMaterial {
  /** What is sealed: 32 bytes of HS256, or PKCS #8. */
  readonly secret: Uint8Array<ArrayBuffer>;
  /** Null for HS256. */
  readonly publicJwk: PublicJwk | null;
}

/** A key in the isolate, for one use. */
type Use = 'sign' | 'verify';

const hs256SecretBytes = 32;

const parameters = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
} as const;

/** Makes a new key of an algorithm (RFC 7518 3, RFC 8037). */
export async function generateKey(algorithm: TokenAlgorithm): Promise<NewKeyMaterial> {
  if (algorithm === 'HS256') {
    return { secret: crypto.getRandomValues(new Uint8Array(hs256SecretBytes)), publicJwk: null };
  }
  const pair = (await crypto.subtle.generateKey(parameters[algorithm], true, ['sign', 'verify'])) as CryptoKeyPair;
  const secret = new Uint8Array((await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer);
  const publicJwk = parsePublicJwk(await crypto.subtle.exportKey('jwk', pair.publicKey));
  if (!publicJwk) throw new Error(`a new ${algorithm} key has no public part`);
  return { secret, publicJwk };
}

/** The key that signs, from what was sealed. */
export function importSecret(algorithm: TokenAlgorithm, secret: Uint8Array<ArrayBuffer>, use: Use): Promise<CryptoKey> {
  const format = algorithm === 'HS256' ? 'raw' : 'pkcs8';
  return crypto.subtle.importKey(format, secret, parameters[algorithm], false, [use]);
}

/** The key that checks; throws when the point is not on its curve. */
export function importPublicJwk(jwk: PublicJwk): Promise<CryptoKey> {
  const { kty, crv, x, y } = jwk;
  const algorithm = crv === 'P-256' ? 'ES256' : 'EdDSA';
  return crypto.subtle.importKey('jwk', { kty, crv, x, ...(y && { y }) }, parameters[algorithm], false, ['verify']);
}

const coordinate = /^[A-Za-z0-9_-]{43}$/;

/** Cleans a JWK of a signing key that we can use, or null: another algorithm, another use, a private key, not a key. */
export function parsePublicJwk(value: unknown): PublicJwk | null {
  const { kty, crv, x, y, d, k, kid, alg, use } = (value ?? {}) as Record<string, unknown>;
  if (d !== undefined || k !== undefined || (use !== undefined && use !== 'sig')) return null;
  if (typeof x !== 'string' || !coordinate.test(x)) return null;
  const named = isKid(kid) ? { kid } : {};
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string' && coordinate.test(y)) {
    return alg === undefined || alg === 'ES256' ? { kty, crv, x, y, ...named, alg: 'ES256', use: 'sig' } : null;
  }
  if (kty !== 'OKP' || crv !== 'Ed25519') return null;
  const isRight = alg === undefined || alg === 'EdDSA' || alg === 'Ed25519';
  return isRight ? { kty, crv, x, ...named, alg: 'EdDSA', use: 'sig' } : null;
}

/** Whether a text can be a key's id: never a path, never white space. */
export function isKid(value: unknown): value is string {
  return typeof value === 'string' && value.length <= signingLimits.kidCharsMax && /^[A-Za-z0-9._~:=+-]+$/.test(value);
}

/** The id of a key that came without one: its thumbprint (RFC 7638). */
export async function thumbprint({ kty, crv, x, y }: PublicJwk): Promise<string> {
  const text = JSON.stringify(kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x });
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}
