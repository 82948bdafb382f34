import { tokenLimits } from '#shared/limits/access.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { ClaimsFault } from '../token/claims.ts';
import { toBase64url } from './base64url.ts';
import { verifyCat } from './cat.ts';
import { type VerifiedToken, verifyJwt } from './jwt.ts';
import type { ChannelKeys } from './ports.ts';

/** A token that holds, and its SHA-256 as base64url: what stands for it where the token itself must not. */
export type CheckedToken = VerifiedToken & { readonly digest: string };

/** Tokens whose signature held, by their digest: a token itself is never a key of anything. */
const verified = new ByteLru<VerifiedToken>(tokenLimits.verifiedEntriesMax, tokenLimits.verifiedEntriesMax);

const encoder = new TextEncoder();

/**
 * Checks a playback token's signature and reads its claims: a JWT when it has dots, else a CAT. One that was checked
 * before is taken from memory, as long as the ring still has the same key. Throws what the ring throws.
 */
export async function checkToken(
  token: string,
  ring: ChannelKeys,
  audience: string,
): Promise<CheckedToken | ClaimsFault> {
  const digest = toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(token))));
  const known = verified.get(digest);
  if (known) {
    const key = await ring.find(known.key.kid);
    if (key?.key === known.key.key) return { claims: known.claims, key, digest };
    verified.delete(digest);
  }
  const checked = await (token.includes('.') ? verifyJwt : verifyCat)(token, ring, audience);
  if ('fault' in checked) return checked;
  verified.set(digest, checked, 1);
  return { ...checked, digest };
}
