import { type ForeignFault, parseForeignUrl } from '../access/foreign-url.ts';
import { ProblemError } from './respond.ts';

const ways: Readonly<Record<ForeignFault, string>> = {
  malformed: 'it is not an address in its plain form',
  scheme: 'it must begin with https://',
  userinfo: 'it must not hold a user name or password',
  address: 'private, link-local and loopback addresses are not allowed',
  not_listed: 'its host is not in FOREIGN_HOSTS; the operator of this deployment can add it',
};

/** Throws `bad_request` unless a channel may take its media from there; null and undefined: nothing to check. */
export function requireForeignSource(sourceUrl: string | null | undefined, hosts: string | undefined): void {
  if (sourceUrl === null || sourceUrl === undefined) return;
  const url = parseForeignUrl(sourceUrl, hosts);
  if (!(url instanceof URL)) throw new ProblemError('bad_request', `sourceUrl: ${ways[url]}.`);
  if (!/\.(?:m3u8|mpd)$/.test(url.pathname)) {
    throw new ProblemError('bad_request', 'sourceUrl: its path must end in .m3u8 or .mpd.');
  }
}
