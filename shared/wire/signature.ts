import { wireLimits } from '../limits/edge.ts';

/**
 * Requests between PoPs, origins and the control plane are signed with HMAC-SHA256 over method, target, time, nonce and
 * body. The audience keeps a signature made for one side from being played back at the other; the nonce tells two requests
 * that say the same from one that is sent again.
 */
export const signatureHeader = 'headwater-signature';

export type Audience = 'origin' | 'control';

export interface SignedRequest {
  readonly audience: Audience;
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly target: string;
  readonly body: Uint8Array | null;
}

export interface WireKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

export type SignatureRefusal =
  | 'missing'
  | 'malformed'
  | 'unknown_key'
  | 'key_revoked'
  | 'clock_skew'
  | 'wrong'
  | 'replayed'
  | 'forgotten';

/** A signature that holds. Nobody without the key can make a second one with the same MAC. */
export interface ValidSignature {
  readonly timeMs: number;
  /** 64 hexadecimal digits */
  readonly mac: string;
}

const encoder = new TextEncoder();

/** Imports a shared secret (at least 32 characters) for signing and checking. */
export async function importWireKey(kid: string, secret: string): Promise<WireKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign', 'verify']);
  return { kid, key };
}

/** Id of the key that a signature header names, if it has the form of one; nothing of it is checked. */
export function kidOf(header: string | null): string | null {
  return /^kid=([A-Za-z0-9_-]{1,32});/.exec(header ?? '')?.[1] ?? null;
}

/**
 * The value of the signature header: `kid=…;t=<ms>;n=<hex>;s=<hex>`.
 * @param nonce 8 random bytes, new for each request that is sent
 */
export async function signRequest(
  key: WireKey,
  request: SignedRequest,
  nowMs: number,
  nonce: Uint8Array,
): Promise<string> {
  const stamp = { kid: key.kid, timeMs: Math.floor(nowMs), nonce: toHex(nonce) };
  const mac = await crypto.subtle.sign('HMAC', key.key, await signedText(request, stamp));
  return `kid=${key.kid};t=${stamp.timeMs};n=${stamp.nonce};s=${toHex(new Uint8Array(mac))}`;
}

export const nonceBytes = 8;

/** What is signed beside the request itself. */
interface Stamp {
  readonly kid: string;
  readonly timeMs: number;
  readonly nonce: string;
}

/** What a signature header says, by a known key and at a time that may be; its MAC is not checked yet. */
interface ClaimedSignature extends Stamp, ValidSignature {
  readonly known: WireKey;
}

/** Reads a signature header as far as that takes no body: who has none need not be listened to. */
export function readSignature(
  keys: readonly WireKey[],
  header: string | null,
  nowMs: number,
): ClaimedSignature | SignatureRefusal {
  const parts = partsOf(header);
  if (typeof parts === 'string') return parts;
  const known = keys.find((key) => key.kid === parts.kid);
  if (!known) return 'unknown_key';
  return isTimely(parts, nowMs) ? { ...parts, known } : 'clock_skew';
}

/** Why a signature does not hold whatever its key; null: its key decides. */
export function keylessRefusal(header: string | null, nowMs: number): SignatureRefusal | null {
  const parts = partsOf(header);
  if (typeof parts === 'string') return parts;
  return isTimely(parts, nowMs) ? null : 'clock_skew';
}

function partsOf(header: string | null): (Stamp & ValidSignature) | 'missing' | 'malformed' {
  if (!header) return 'missing';
  const match = /^kid=([A-Za-z0-9_-]{1,32});t=([0-9]{1,15});n=([0-9a-f]{16});s=([0-9a-f]{64})$/.exec(header);
  if (!match) return 'malformed';
  const [, kid = '', time = '', nonce = '', mac = ''] = match;
  return { kid, timeMs: Number(time), nonce, mac };
}

function isTimely({ timeMs }: Stamp, nowMs: number): boolean {
  return Math.abs(nowMs - timeMs) <= wireLimits.clockSkewMsMax;
}

/** Checks a signature header; comparison takes constant time. Whether it was there before is for the caller to know. */
export async function checkSignature(
  keys: readonly WireKey[],
  header: string | null,
  request: SignedRequest,
  nowMs: number,
): Promise<ValidSignature | SignatureRefusal> {
  const claimed = readSignature(keys, header, nowMs);
  if (typeof claimed === 'string') return claimed;
  const { known, timeMs, mac } = claimed;
  const text = await signedText(request, claimed);
  return (await crypto.subtle.verify('HMAC', known.key, fromHex(mac), text)) ? { timeMs, mac } : 'wrong';
}

async function signedText(
  { audience, method, target, body }: SignedRequest,
  { kid, timeMs, nonce }: Stamp,
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = body ? toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(body)))) : '-';
  const lines = ['headwater-2', audience, kid, String(timeMs), nonce, method, target, digest];
  return encoder.encode(lines.join('\n'));
}

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
