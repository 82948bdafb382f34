import { wireLimits } from '../limits.ts';

/**
 * Requests between PoPs, origins and the control plane are signed with HMAC-SHA256 over method, target, time and body.
 * The audience keeps a signature made for one side from being played back at the other.
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

export type SignatureRefusal = 'missing' | 'malformed' | 'unknown_key' | 'clock_skew' | 'wrong' | 'replayed';

const encoder = new TextEncoder();

/** Imports a shared secret (at least 32 characters) for signing and checking. */
export async function importWireKey(kid: string, secret: string): Promise<WireKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign', 'verify']);
  return { kid, key };
}

/**
 * A clock for signing: never the same time twice, so that two requests that say the same are told from one sent again.
 * @param now ms since the Unix epoch
 */
export function signingClock(now: () => number): () => number {
  let lastMs = 0;
  return () => {
    lastMs = Math.max(Math.floor(now()), lastMs + 1);
    return lastMs;
  };
}

/** The value of the signature header: `kid=…;t=<ms>;s=<hex>`. */
export async function signRequest(key: WireKey, request: SignedRequest, nowMs: number): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key.key, await signedText(request, key.kid, nowMs));
  return `kid=${key.kid};t=${nowMs};s=${toHex(new Uint8Array(mac))}`;
}

/** What a signature header says, by a known key and at a time that may be; its MAC is not checked yet. */
interface ClaimedSignature {
  readonly known: WireKey;
  readonly timeMs: number;
  readonly hex: string;
}

/** Reads a signature header as far as that takes no body: who has none need not be listened to. */
export function readSignature(
  keys: readonly WireKey[],
  header: string | null,
  nowMs: number,
): ClaimedSignature | SignatureRefusal {
  if (!header) return 'missing';
  const match = /^kid=([A-Za-z0-9_-]{1,32});t=([0-9]{1,15});s=([0-9a-f]{64})$/.exec(header);
  if (!match) return 'malformed';
  const [, kid = '', time = '', hex = ''] = match;
  const known = keys.find((key) => key.kid === kid);
  if (!known) return 'unknown_key';
  if (Math.abs(nowMs - Number(time)) > wireLimits.clockSkewMsMax) return 'clock_skew';
  return { known, timeMs: Number(time), hex };
}

/** Checks a signature header; null means that it holds. Comparison takes constant time. */
export async function checkSignature(
  keys: readonly WireKey[],
  header: string | null,
  request: SignedRequest,
  nowMs: number,
): Promise<SignatureRefusal | null> {
  const claimed = readSignature(keys, header, nowMs);
  if (typeof claimed === 'string') return claimed;
  const { known, timeMs, hex } = claimed;
  const text = await signedText(request, known.kid, timeMs);
  return (await crypto.subtle.verify('HMAC', known.key, fromHex(hex), text)) ? null : 'wrong';
}

async function signedText(request: SignedRequest, kid: string, timeMs: number): Promise<Uint8Array<ArrayBuffer>> {
  const { audience, method, target, body } = request;
  const digest = body ? toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(body)))) : '-';
  return encoder.encode(['headwater-1', audience, kid, String(timeMs), method, target, digest].join('\n'));
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
