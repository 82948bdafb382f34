import { compactVerify, decodeProtectedHeader } from 'jose';
import { type ClaimsFault, type PlaybackClaims, parseClaims } from '../token/claims.ts';
import { fromUriSigning } from '../token/uri-signing.ts';
import type { ChannelKeys, TokenAlgorithm, VerifyingKey } from './ports.ts';

/** A token whose signature holds, and the key that it holds with. */
export interface VerifiedToken {
  readonly claims: PlaybackClaims;
  readonly key: VerifyingKey;
}

/** Ids of keys; anything else is not looked up. */
export const keyIdPattern = /^[A-Za-z0-9._~:=+-]{1,128}$/;

/** Header members that bring keys of their own or change how the token is read (RFC 7515 4.1). */
const refusedHeaders = ['crit', 'jku', 'x5u', 'jwk', 'x5c', 'x5t', 'x5t#S256', 'b64', 'zip', 'enc'];

/** What headers call the algorithm of a key. Ed25519 was EdDSA only, before RFC 9864. */
const algorithmNames: Readonly<Record<TokenAlgorithm, readonly string[]>> = Object.freeze({
  HS256: ['HS256'],
  ES256: ['ES256'],
  EdDSA: ['EdDSA', 'Ed25519'],
});

/**
 * Checks a JWT in compact form (RFC 7519, RFC 8725): its key by `kid` from the ring alone, the algorithm by the key.
 * Says nothing about time and place. Throws what the ring throws.
 */
export async function verifyJwt(
  token: string,
  ring: ChannelKeys,
  audience: string,
): Promise<VerifiedToken | ClaimsFault> {
  const header = readHeader(token);
  if ('fault' in header) return header;
  const key = await ring.find(header.kid);
  if (!key) return { fault: 'Its key is not known here.' };
  const names = algorithmNames[key.algorithm];
  if (!names.includes(header.alg)) return { fault: 'Its algorithm is not the one of its key.' };
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(token, key.key, { algorithms: [...names] }));
  } catch {
    return { fault: 'Its signature does not hold.' };
  }
  const raw = parseObject(payload);
  if (!raw) return { fault: 'Its payload is not a JSON object.' };
  const named = fromUriSigning(raw);
  const claims = 'fault' in named ? named : parseClaims(named.raw, audience);
  return 'fault' in claims ? claims : { claims, key };
}

function readHeader(token: string): { readonly kid: string; readonly alg: string } | ClaimsFault {
  let header: Readonly<Record<string, unknown>>;
  try {
    header = { ...decodeProtectedHeader(token) };
  } catch {
    return { fault: 'It is not a token.' };
  }
  const { kid, alg, typ } = header;
  if (refusedHeaders.some((name) => Object.hasOwn(header, name))) {
    return { fault: 'Its header has a member that is not accepted.' };
  }
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT'))
    return { fault: 'Its typ is not JWT.' };
  if (typeof kid !== 'string' || !keyIdPattern.test(kid)) return { fault: 'It names no key.' };
  return typeof alg === 'string' ? { kid, alg } : { fault: 'It names no algorithm.' };
}

function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const raw: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
    return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
