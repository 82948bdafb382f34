import { isChannelName } from '#shared/model/id.ts';

/** An object of a channel's foreign source: what lies below `/x/<channel>/`. */
export interface ForeignRequest {
  readonly token: string | null;
  readonly channel: string;
  /** Below the source's folder, or `~/<host>/<path>`; a `?` of the source's own is written `%3F`. */
  readonly file: string;
}

const pattern = /^(?:\/t\/([A-Za-z0-9._~-]{1,4096}))?\/x\/([a-z0-9_-]{1,64})\/(.+)$/;
const filePattern = /^[A-Za-z0-9._~!$&'()*+,;=:@%/-]{1,4096}$/;

/** What no canonical path holds: empty, dot and encoded segments, encoded slashes and control characters. */
const crooked = /\/\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)|%(?:2f|5c)/i;
const badEscape = /%(?:[01][0-9a-f]|7f|(?![0-9a-f]{2}))/i;
/** Letters, digits and `-._~` mean the same unescaped (RFC 3986, 6.2.2.2): `%2em3u8` is not told from `.m3u8` by servers. */
const needlessEscape = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi;

/** Parses a raw URL path, or null when it is none of a foreign source; nothing is decoded. */
export function parseForeignPath(path: string): ForeignRequest | null {
  const match = pattern.exec(path);
  if (!match) return null;
  const [, token = null, channel = '', file = ''] = match;
  return isChannelName(channel) && isForeignFile(file) ? { token, channel, file } : null;
}

/** Whether this is how we write an object below `/x/<channel>/`. */
export function isForeignFile(file: string): boolean {
  const [ownPath = ''] = file.split(/%3f/i, 1);
  return (
    filePattern.test(file) && !badEscape.test(file) && !crooked.test(ownPath) && ownPath.search(needlessEscape) < 0
  );
}

/** How we write an object of a source below `/x/<channel>/`; null where there is no way, as for an empty folder name. */
export function formatForeignFile(url: URL, folder: URL): string | null {
  // An escaped question mark would be read as the beginning of the query.
  if (/%3f/i.test(url.pathname)) return null;
  const query = url.search === '' ? '' : `%3F${escapeOthers(url.search.slice(1)).replaceAll('?', '%3F')}`;
  const isBelow = url.origin === folder.origin && url.pathname.startsWith(folder.pathname);
  const below = isBelow ? url.pathname.slice(folder.pathname.length) : '~/';
  const path = below.startsWith('~/') ? `~/${url.host}${url.pathname}` : below;
  const file = escapeOthers(path.replace(needlessEscape, decodeURIComponent)) + query;
  // A folder is where names begin, and no object.
  return isForeignFile(file === '' || file.endsWith('/') ? `${file}a` : file) ? file : null;
}

function escapeOthers(text: string): string {
  return text.replace(/[^A-Za-z0-9._~!$&'()*+,;=:@%/?-]/g, encodeURIComponent);
}

/** Whether a path names a playlist or an MPD, as far as its extension tells. */
export function isForeignManifest(file: string): boolean {
  return /\.(?:m3u8?|mpd)(?:%3f|$)/i.test(file);
}
