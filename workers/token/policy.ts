import { tokenLimits } from '#shared/limits/access.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import type { PlaybackClaims, PlaybackLimits, Scope } from './claims.ts';
import { isInNetwork } from './network.ts';

/** What a viewer asks for. */
export interface AskedMedia {
  readonly channel: string;
  /** Null where the channel itself is asked for and plays a foreign source. */
  readonly broadcast: string | null;
  readonly clip: string | null;
  /** Any one of these is enough. */
  readonly scopes: readonly Scope[];
  /** Playlists and MPDs are refused at once when a token has ended, media a little later. */
  readonly kind: 'manifest' | 'media';
  /** Height that the rendition is named by, pixels; null for audio and where there is none. */
  readonly height: number | null;
  /** Sites that its channel may be shown on, in the terms of the claim `sites`; null: any. */
  readonly sites: readonly string[] | null;
}

/** Where a viewer is, as far as the PoP knows. */
export interface ViewerPlace {
  /** ISO 3166-1 alpha-2; null when unknown. */
  readonly country: string | null;
  readonly address: string | null;
  /** Host of the page that plays, with its port if it has one; null when the browser does not say. */
  readonly site: string | null;
  /** A page of another host wants it for itself, as far as its browser tells; not whoever just goes to the address. */
  readonly isForPage: boolean;
}

/** Whether a token opens what is asked for, and the code and words when it does not. */
export type Decision =
  | { readonly isOpen: true }
  | { readonly isOpen: false; readonly code: ProblemCode; readonly detail: string };

type Refusal = Extract<Decision, { readonly isOpen: false }>;

const open: Decision = Object.freeze({ isOpen: true });

function refuse(code: ProblemCode, detail: string): Refusal {
  return { isOpen: false, code, detail };
}

/** The page that plays is on no list that counts. */
export const siteRefused = Object.freeze(refuse('site_refused', 'This cannot be watched on this site.'));

type DecidedBy = Pick<PlaybackClaims, 'notBeforeMs' | 'expiresMs' | 'resource' | 'scopes'> & {
  readonly limits: Pick<
    PlaybackLimits,
    'heightMax' | 'startMs' | 'endMs' | 'countries' | 'networks' | 'sites' | 'anySite'
  >;
};

/**
 * Whether claims that are known to be true open what is asked for.
 * @param nowMs the PoP's clock, ms since the Unix epoch
 */
export function decide(claims: DecidedBy, asked: AskedMedia, place: ViewerPlace, nowMs: number): Decision {
  const { limits } = claims;
  const graceMs = tokenLimits.leewayMs + (asked.kind === 'media' ? tokenLimits.mediaGraceMs : 0);
  if (claims.notBeforeMs !== null && nowMs < claims.notBeforeMs - tokenLimits.leewayMs) {
    return refuse('token_not_yet', 'This token is not valid yet.');
  }
  if (nowMs >= claims.expiresMs + graceMs) return refuse('token_expired', 'This token has ended; ask for a new link.');
  if (!opens(claims, asked)) return refuse('wrong_resource', 'This token is for something else.');
  // What a token with a time range plays is cut to it; a file is none of that.
  const isCut = (limits.startMs !== null || limits.endMs !== null) && !asked.scopes.includes('download');
  if (!asked.scopes.some((scope) => claims.scopes.includes(scope)) && !(isCut && claims.scopes.includes('clip'))) {
    return refuse('wrong_scope', `This token does not allow this: it takes ${asked.scopes.join(' or ')}.`);
  }
  if (limits.heightMax !== null && asked.height !== null && asked.height > limits.heightMax) {
    return refuse('wrong_scope', `This token goes up to ${limits.heightMax} lines.`);
  }
  return decidePlace(limits, asked, place);
}

function opens({ resource }: DecidedBy, { channel, broadcast, clip }: AskedMedia): boolean {
  switch (resource.kind) {
    case 'channel':
      return resource.id === channel;
    case 'broadcast':
      return broadcast !== null && resource.id === broadcast;
    case 'clip':
      return clip !== null && resource.id === clip;
  }
}

function decidePlace(
  { countries, networks, sites, anySite }: DecidedBy['limits'],
  asked: AskedMedia,
  place: ViewerPlace,
): Decision {
  if (countries && !allowsCountry(countries, place.country)) {
    return refuse('country_refused', 'This cannot be watched in your country.');
  }
  const { address, site, isForPage } = place;
  if (networks && !networks.some((network) => address !== null && isInNetwork(address, network))) {
    return refuse('network_refused', 'This cannot be watched from your network.');
  }
  if (anySite && !isForPage && isFile(asked)) return open;
  return allowsSite(sites, site) && allowsSite(asked.sites, site) ? open : siteRefused;
}

/** Whether it is a whole file, that is saved and not played. */
export function isFile({ scopes }: Pick<AskedMedia, 'scopes'>): boolean {
  return scopes.length === 1 && scopes[0] === 'download';
}

/** Whether a list of sites holds the page that plays; null: every page is held. What hides its site is on none. */
export function allowsSite(sites: readonly string[] | null, site: string | null): boolean {
  return sites === null || (site !== null && sites.some((entry) => isSite(site, entry)));
}

/** The first rule that fits decides; none: no. An unknown country fits `*` only, and may be any that a rule refuses. */
export function allowsCountry(rules: readonly string[], country: string | null): boolean {
  for (const rule of rules) {
    const isRefusal = rule.startsWith('!');
    const name = isRefusal ? rule.slice(1) : rule;
    if (name === '*' || name === country || (country === null && isRefusal)) return !isRefusal;
  }
  return false;
}

/** Every entry that a list can hold a page's site by, for where lists are searched; `allowsSite` says the same of one list. */
export function entriesOf(site: string): readonly string[] {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(site) ?? [];
  if (site.length > tokenLimits.hostCharsMax) return [];
  const labels = host.split('.');
  const names = [host, ...labels.map((_, at) => `*.${labels.slice(at).join('.')}`)];
  const ports = port === undefined ? ['80', '443'] : [port].filter((one) => one !== '80' && one !== '443');
  return names.flatMap((name) => [name, ...ports.map((one) => `${name}:${one}`)]);
}

function isSite(site: string, entry: string): boolean {
  const [, name = '', port] = /^(?:\*\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  // A page's host never has the port that its scheme has by itself.
  const wanted = port === undefined || port === '80' || port === '443' ? name : `${name}:${port}`;
  const host = port === undefined ? site.replace(/:\d+$/, '') : site;
  return host === wanted || (entry.startsWith('*.') && host.endsWith(`.${wanted}`));
}
