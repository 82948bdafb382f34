import { uriForm } from './carry.ts';
import { formatForeignFile } from './foreign-path.ts';

/** Where URIs of a foreign source are written, and where that is with us. */
export interface ForeignPlace {
  /** What they are relative to: the address of the manifest's text, behind redirects the last one, or a BaseURL. */
  readonly base: URL;
  /** Address of the folder that `/x/<channel>/` stands for; ends with a slash. */
  readonly folder: URL;
  /** Path of that with us, below `/x/<channel>/`: of the manifest, or of what a BaseURL leads to. */
  readonly file: string;
  /** Whether we may fetch from there. */
  readonly isListed: (url: URL) => boolean;
}

/**
 * A URI of a foreign manifest as a path of ours, relative to where it is written, so that it inherits whatever stands in
 * front. One that leads to a host which is not listed, or that has no path of ours, becomes absolute and goes past us.
 */
export function foreignUri(uri: string, place: ForeignPlace): string {
  const form = uriForm(uri);
  if (form === 'unknown' || (form === 'relative' && isPlain(uri) && isAtHome(place))) return uri;
  const url = URL.parse(uri, place.base);
  if (!url || !/^https?:$/.test(url.protocol)) return uri;
  const file = foreignFile(url, place);
  if (file === null) return url.href;
  const up = '../'.repeat(place.file.split('/').length - 1);
  return `${up || './'}${file}`;
}

/** Where an address of the source is with us, below `/x/<channel>/`; null: nowhere. */
export function foreignFile(url: URL, { folder, isListed }: ForeignPlace): string | null {
  return isListed(url) ? formatForeignFile(url, folder) : null;
}

/** Nothing in it is written in another way with us. */
function isPlain(uri: string): boolean {
  return /^[A-Za-z0-9._~!$&'()*+,;=:@/-]{1,1024}$/.test(uri) && !/\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(uri);
}

/** Relative URIs lead to the same place on both sides: no redirect has led elsewhere. */
function isAtHome({ base, folder, file }: ForeignPlace): boolean {
  const path = file.slice(0, file.lastIndexOf('/') + 1);
  const at = base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1);
  if (path.startsWith('~/')) return path === `~/${base.host}${at}`;
  return base.origin === folder.origin && at === folder.pathname + path;
}
