const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const secretChars = 32;

/** `<id>_<32 characters of base32>`: the id tells secrets apart, the 160 random bits are the secret. */
const pattern = /^(?:sk|tk|jt)_[0-9a-z]{20}_[0-9a-hjkmnp-tv-z]{32}$/;

/** Whether a text can be a stream key at all; anything else is refused without a query. */
export function isStreamKey(text: string): boolean {
  return text.startsWith('sk_') && pattern.test(text);
}

/** The same of a token of the API that was made by it. */
export function isApiToken(text: string): boolean {
  return text.startsWith('tk_') && pattern.test(text);
}

/** The same of a token that origins join with. */
export function isJoinToken(text: string): boolean {
  return text.startsWith('jt_') && pattern.test(text);
}

/** The id in a stream key, or null when it is none. */
export function keyIdOf(text: string): string | null {
  return isStreamKey(text) ? text.slice(0, text.lastIndexOf('_')) : null;
}

/** The clear text of a new secret with this id. */
export function formatSecret(id: string): string {
  let secret = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(secretChars))) secret += alphabet[byte % 32];
  return `${id}_${secret}`;
}

/** What the catalogue keeps of a secret: SHA-256 in hex. It is random, so it needs no salt. */
export async function hashSecret(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
