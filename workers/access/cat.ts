import { type DecodeOptions, decode, encode } from 'cborg';
import { fromCat } from '../token/cat-claims.ts';
import { type ClaimsFault, parseClaims } from '../token/claims.ts';
import { fromBase64url } from './base64url.ts';
import { keyIdPattern, type VerifiedToken } from './jwt.ts';
import type { ChannelKeys, TokenAlgorithm } from './ports.ts';

/** COSE algorithms (RFC 9053; -9 and -19 RFC 9864) by their number, and the structure that each comes in (RFC 9052). */
const algorithms: Readonly<Record<number, { readonly name: TokenAlgorithm; readonly structure: Structure }>> =
  Object.freeze({
    5: { name: 'HS256', structure: 'MAC0' },
    [-7]: { name: 'ES256', structure: 'Signature1' },
    [-8]: { name: 'EdDSA', structure: 'Signature1' },
    [-9]: { name: 'ES256', structure: 'Signature1' },
    [-19]: { name: 'EdDSA', structure: 'Signature1' },
  });

type Structure = 'MAC0' | 'Signature1';

interface CoseMessage {
  readonly structure: Structure;
  readonly protectedBytes: Uint8Array;
  readonly headers: ReadonlyMap<unknown, unknown>;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly proof: Uint8Array<ArrayBuffer>;
}

const algLabel = 1;
const kidLabel = 4;
/** alg, content type, kid, and the typ of RFC 9596: none brings a key or changes how the rest is read. */
const knownHeaders = new Set<unknown>([algLabel, 3, kidLabel, 16]);

const notOne: ClaimsFault = Object.freeze({ fault: 'It is not a token.' });

/**
 * Checks a Common Access Token (CTA-5007: CWT in COSE_Mac0 or COSE_Sign1) as base64url, as {@link verifyJwt} does a JWT.
 * Throws what the ring throws.
 */
export async function verifyCat(
  token: string,
  ring: ChannelKeys,
  audience: string,
): Promise<VerifiedToken | ClaimsFault> {
  const bytes = fromBase64url(token);
  const message = bytes && readMessage(bytes);
  if (!message) return notOne;
  if ([...message.headers.keys()].some((label) => !knownHeaders.has(label))) {
    return { fault: 'Its header has a member that is not accepted.' };
  }
  const algorithm = algorithms[Number(message.headers.get(algLabel))];
  const kid = keyIdOf(message.headers.get(kidLabel));
  if (kid === null) return { fault: 'It names no key.' };
  const key = await ring.find(kid);
  if (!key) return { fault: 'Its key is not known here.' };
  if (algorithm?.name !== key.algorithm || algorithm.structure !== message.structure) {
    return { fault: 'Its algorithm is not the one of its key.' };
  }
  if (!(await holds(message, key.algorithm, key.key))) return { fault: 'Its signature does not hold.' };
  const payload = decodeStrictly(message.payload);
  if (!(payload instanceof Map)) return { fault: 'Its payload is not a map of claims.' };
  const named = fromCat(payload);
  const claims = 'fault' in named ? named : parseClaims(named.raw, audience);
  return 'fault' in claims ? claims : { claims, key };
}

/** Tag 61 (CWT) may stand in front of tag 17 or 18; the tag tells the structure. */
function readMessage(bytes: Uint8Array): CoseMessage | null {
  const inner = bytes[0] === 0xd8 && bytes[1] === 61 ? bytes.subarray(2) : bytes;
  const structure = inner[0] === 0xd1 ? 'MAC0' : inner[0] === 0xd2 ? 'Signature1' : null;
  const parts = structure && decodeStrictly(inner.subarray(1));
  if (!structure || !Array.isArray(parts) || parts.length !== 4) return null;
  const [protectedBytes, open, payload, proof] = parts;
  if (!isBytes(protectedBytes) || !(open instanceof Map) || !isBytes(payload) || !isBytes(proof)) return null;
  const guarded = protectedBytes.byteLength === 0 ? new Map() : decodeStrictly(protectedBytes);
  // What chooses how to check must itself be signed; the key's name may be outside.
  if (!(guarded instanceof Map) || open.has(algLabel)) return null;
  if ([...open.keys()].some((label) => guarded.has(label))) return null;
  return { structure, protectedBytes, headers: new Map([...open, ...guarded]), payload, proof };
}

async function holds(message: CoseMessage, algorithm: TokenAlgorithm, key: CryptoKey): Promise<boolean> {
  const { structure, protectedBytes, payload, proof } = message;
  const signed = Uint8Array.from(encode([structure, protectedBytes, new Uint8Array(0), payload]));
  if (algorithm === 'HS256') return proof.byteLength === 32 && crypto.subtle.verify('HMAC', key, proof, signed);
  const scheme = algorithm === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
  return proof.byteLength === 64 && crypto.subtle.verify(scheme, key, proof, signed);
}

function keyIdOf(kid: unknown): string | null {
  if (!isBytes(kid) || kid.byteLength > 128) return null;
  const text = String.fromCharCode(...kid);
  return keyIdPattern.test(text) ? text : null;
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array;
}

const strict: DecodeOptions = Object.freeze({
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
  tags: { 52: (read: () => unknown) => networkOf(read(), 4), 54: (read: () => unknown) => networkOf(read(), 16) },
});

/** Undefined when the bytes are not exactly one value in its shortest form. */
function decodeStrictly(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, strict);
  } catch {
    return undefined;
  }
}

/** An address or a prefix of RFC 9164 as text. */
function networkOf(value: unknown, sizeBytes: 4 | 16): string {
  const [bits, given] = Array.isArray(value) && value.length === 2 ? value : [8 * sizeBytes, value];
  if (!isBytes(given) || given.byteLength > sizeBytes || !Number.isInteger(bits)) throw new Error('not an address');
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(given);
  if (sizeBytes === 4) return `${bytes.join('.')}/${bits}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (256 * (bytes[2 * i] ?? 0) + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return `${groups.join(':')}/${bits}`;
}
