import { uriForm } from './carry.ts';

/** Where a manifest of a foreign source comes from, and where we serve it. */
export interface ForeignPlace {
  /** Address of the manifest's text; behind redirects the last one. */
  readonly base: URL;
  /** Address of the folder that `/x/<channel>/` stands for; ends with a slash. */
  readonly folder: URL;
  /** Path of the manifest below `/x/<channel>/`. */
  readonly file: string;
  /** Whether we may fetch from there. */
  readonly isListed: (url: URL) => boolean;
}

/**
 * A URI of a foreign manifest as a path of ours, relative to where we serve the manifest, so that it inherits whatever
 * stands in front. One that leads to a host which is not listed becomes absolute and goes past us.
 */
export function foreignUri(uri: string, place: ForeignPlace): string {
  const form = uriForm(uri);
  if (form === 'unknown' || (form === 'relative' && isPlain(uri) && isAtHome(place))) return uri;
  const url = URL.parse(uri, place.base);
  if (!url || !/^https?:$/.test(url.protocol)) return uri;
  if (!place.isListed(url)) return url.href;
  const up = '../'.repeat(place.file.split('/').length - 1);
  const query = url.search === '' ? '' : `%3F${url.search.slice(1).replaceAll('?', '%3F')}`;
  const { folder } = place;
  if (url.origin === folder.origin && url.pathname.startsWith(folder.pathname)) {
    const below = url.pathname.slice(folder.pathname.length);
    if (!below.startsWith('~/')) return `${up || './'}${below}${query}`;
  }
  return `${up || './'}~/${url.host}${url.pathname}${query}`;
}

function isPlain(uri: string): boolean {
  return !uri.includes('?') && !uri.includes('#') && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(uri);
}

/** Relative URIs lead to the same place on both sides: no redirect has led elsewhere. */
function isAtHome({ base, folder, file }: ForeignPlace): boolean {
  const path = file.slice(0, file.lastIndexOf('/') + 1);
  return (
    base.origin === folder.origin &&
    base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1) === folder.pathname + path
  );
}
