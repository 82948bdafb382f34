import { nonceBytes, type SignedRequest, signRequest, type WireKey } from '#shared/wire/signature.ts';

/** A signature header with a nonce of its own, as whoever sends a request makes it. */
export function signAnew(key: WireKey, request: SignedRequest, nowMs: number): Promise<string> {
  return signRequest(key, request, nowMs, crypto.getRandomValues(new Uint8Array(nonceBytes)));
}
