/**
 * Public ids: a noun's prefix and 20 Crockford base32 characters, sortable by time of creation.
 * Names that people type (stream keys, titles) never become paths; these do.
 */

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeChars = 9;
const randomChars = 11;

export type IdPrefix = 'ch' | 'b' | 'cl' | 'sk' | 'o' | 'pk' | 'ln' | 'rv' | 'wh' | 'tk' | 'au' | 'jt' | 'ok' | 'i';

/**
 * A new id such as `b_01jd5m3k8q2w…`.
 * @param nowMs creation time, ms since the Unix epoch
 * @param random at least 11 random bytes
 */
export function formatId(prefix: IdPrefix, nowMs: number, random: Uint8Array): string {
  let time = '';
  let rest = Math.floor(nowMs);
  for (let i = 0; i < timeChars; i++) {
    time = alphabet[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let tail = '';
  for (let i = 0; i < randomChars; i++) tail += alphabet[(random[i] ?? 0) % 32];
  return `${prefix}_${time}${tail}`;
}

/** A broadcast id that is safe as a path part and as an object key. */
export function isBroadcastId(text: string): boolean {
  return /^b_[0-9a-z]{20}$/.test(text);
}

/** A clip id. */
export function isClipId(text: string): boolean {
  return /^cl_[0-9a-z]{20}$/.test(text);
}

/** The id of a video that is imported over HTTP. */
export function isImportId(text: string): boolean {
  return /^i_[0-9a-z]{20}$/.test(text);
}

/** A channel's public id or its slug: lower-case letters, digits and single dashes, at most 64 characters. */
export function isChannelName(text: string): boolean {
  return text.length <= 64 && /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/.test(text);
}

/** A rendition's name: `v720`, `a1`, `v720-av1`. */
export function isRenditionName(text: string): boolean {
  return /^[va][0-9]{1,5}(?:-[a-z0-9]{1,8})?$/.test(text);
}
