import { isChannelName } from '#shared/model/id.ts';

/** An object of a channel's foreign source: what lies below `/x/<channel>/`. */
export interface ForeignRequest {
  readonly token: string | null;
  readonly channel: string;
  /** Below the source's folder, or `~/<host>/<path>`; a `?` of the source's own is written `%3F`. */
  readonly file: string;
}

const pattern =
  /^(?:\/t\/([A-Za-z0-9._~-]{1,4096}))?\/x\/([a-z0-9_-]{1,64})\/([A-Za-z0-9._~!$&'()*+,;=:@%/-]{1,1024})$/;

/** What no canonical path holds: empty, dot and encoded segments, encoded slashes and control characters. */
const crooked = /\/\/|\/$|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%(?:2f|5c)/i;
const badEscape = /%(?:[01][0-9a-f]|7f|(?![0-9a-f]{2}))/i;

/** Parses a raw URL path, or null when it is none of a foreign source; nothing is decoded. */
export function parseForeignPath(path: string): ForeignRequest | null {
  const match = pattern.exec(path);
  if (!match) return null;
  const [, token = null, channel = '', file = ''] = match;
  const [ownPath = ''] = file.split(/%3f/i, 1);
  return isChannelName(channel) && !crooked.test(ownPath) && !badEscape.test(file) ? { token, channel, file } : null;
}

/** Whether a path names a playlist or an MPD, as far as its extension tells. */
export function isForeignManifest(file: string): boolean {
  return /\.(?:m3u8?|mpd)(?:%3f|$)/i.test(file);
}
