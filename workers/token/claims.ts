import { tokenLimits } from '#shared/limits/access.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';
import { isNetwork } from './network.ts';

export const scopes = ['live', 'dvr', 'replay', 'clip', 'download'] as const;
/** What a token is good for. */
export type Scope = (typeof scopes)[number];

/** What a token opens: a channel with all its broadcasts, one broadcast, or one clip. */
export interface TokenResource {
  readonly kind: 'channel' | 'broadcast' | 'clip';
  readonly id: string;
}

/** What a token allows besides opening; null: no such limit. */
export interface PlaybackLimits {
  /** Pixels. */
  readonly heightMax: number | null;
  /** Range of wall-clock time, ms since the Unix epoch, end exclusive. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** Ordered rules, the first that fits decides: `DE`, `!US`, `*`, `!*`. */
  readonly countries: readonly string[] | null;
  /** Prefixes like `203.0.113.0/24` and `2001:db8::/56`; one of them must hold the viewer's address. */
  readonly networks: readonly string[] | null;
  /** Hosts whose pages may play: `example.com`, `*.example.com`. */
  readonly sites: readonly string[] | null;
  /** Files may be had whatever sites the channel lists, as long as no page of another site asks for them. */
  readonly anySite: boolean;
  readonly streamsMax: number | null;
  readonly whenFull: 'refuse-newest' | 'end-oldest';
  /** Sessions that may begin with it. */
  readonly usesMax: number | null;
}

/** Nothing is limited. */
export const noLimits: PlaybackLimits = Object.freeze({
  heightMax: null,
  startMs: null,
  endMs: null,
  countries: null,
  networks: null,
  sites: null,
  anySite: false,
  streamsMax: null,
  whenFull: 'refuse-newest',
  usesMax: null,
});

/** A playback token's claims, whatever format it came in. Times are ms since the Unix epoch. */
export interface PlaybackClaims {
  readonly issuer: string | null;
  /** Opaque name of the viewer (`sub`). */
  readonly viewer: string | null;
  /** Id of the signed link, or of the token (`jti`). */
  readonly link: string | null;
  readonly session: string | null;
  /** 0 when it does not say. */
  readonly issuedMs: number;
  readonly notBeforeMs: number | null;
  readonly expiresMs: number;
  /** A session made of it may go on until then. */
  readonly renewUntilMs: number | null;
  readonly resource: TokenResource;
  readonly scopes: readonly Scope[];
  readonly limits: PlaybackLimits;
}

/** What is wrong with claims, as a sentence; it repeats nothing of their values. */
export interface ClaimsFault {
  readonly fault: string;
}

/** Claims under their JWT names, not checked yet. */
export type RawClaims = Readonly<Record<string, unknown>>;

const scopesDefault: readonly Scope[] = ['live', 'dvr', 'replay', 'clip'];
const secondsMax = 100_000_000_000;

class WrongClaim extends Error {}

/** Reads the claims of docs/protocol/playback-tokens.md; those that are not known are passed over (RFC 7519 4). */
export function parseClaims(raw: RawClaims, audience: string): PlaybackClaims | ClaimsFault {
  try {
    requireAudience(raw.aud, audience);
    const expiresMs = time(raw, 'exp');
    if (expiresMs === null) throw new WrongClaim('exp is missing: every token ends.');
    // Nothing could be counted, so that the limit would be none.
    if (raw.max_streams !== undefined && raw.sub === undefined)
      throw new WrongClaim('max_streams needs sub beside it.');
    if (raw.uses !== undefined && raw.jti === undefined) throw new WrongClaim('uses needs jti beside it.');
    requireFilesOnly(raw);
    return Object.freeze({
      issuer: id(raw, 'iss'),
      viewer: id(raw, 'sub'),
      link: id(raw, 'jti'),
      session: id(raw, 'sid'),
      issuedMs: time(raw, 'iat') ?? 0,
      notBeforeMs: time(raw, 'nbf'),
      expiresMs,
      renewUntilMs: time(raw, 'renew_until'),
      resource: parseResource(raw.res),
      scopes: parseScopes(raw.scp),
      limits: parseLimits(raw),
    });
  } catch (error) {
    if (error instanceof WrongClaim) return { fault: error.message };
    throw error;
  }
}

function requireAudience(given: unknown, audience: string): void {
  const named = Array.isArray(given) ? given : [given];
  if (named.length > tokenLimits.entriesMax || !named.includes(audience)) {
    throw new WrongClaim('aud is not this deployment.');
  }
}

/** What passes over a channel's list of sites must be good for nothing that plays. */
function requireFilesOnly({ any_site, scp, sites }: RawClaims): void {
  if (any_site === undefined) return;
  if (any_site !== true) throw new WrongClaim('any_site is true where it is given.');
  if (sites !== undefined) throw new WrongClaim('any_site and sites do not go together.');
  if (!Array.isArray(scp) || scp.some((entry) => entry !== 'download')) {
    throw new WrongClaim('any_site is for files only: scp is download and nothing else.');
  }
}

function parseLimits(raw: RawClaims): PlaybackLimits {
  const startMs = time(raw, 'start');
  const endMs = time(raw, 'end');
  if (startMs !== null && endMs !== null && endMs <= startMs) throw new WrongClaim('end does not lie after start.');
  const whenFull = raw.when_full ?? 'refuse-newest';
  if (whenFull !== 'refuse-newest' && whenFull !== 'end-oldest') {
    throw new WrongClaim('when_full is refuse-newest or end-oldest.');
  }
  return Object.freeze({
    heightMax: whole(raw, 'max_height', 16_384),
    startMs,
    endMs,
    countries: list(raw, 'geo', (entry) => /^!?(?:[A-Z]{2}|\*)$/.test(entry)),
    networks: list(raw, 'net', isNetwork),
    sites: list(raw, 'sites', (entry) => /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/.test(entry)),
    anySite: raw.any_site === true,
    streamsMax: whole(raw, 'max_streams', tokenLimits.streamsMax),
    whenFull,
    usesMax: whole(raw, 'uses', tokenLimits.usesMax),
  });
}

function parseResource(given: unknown): TokenResource {
  const [, kind, id = ''] = /^(channel|broadcast|clip):([a-z0-9_-]{1,64})$/.exec(String(given)) ?? [];
  if (typeof given === 'string') {
    if (kind === 'channel' && isChannelName(id)) return { kind, id };
    if (kind === 'broadcast' && isBroadcastId(id)) return { kind, id };
    if (kind === 'clip' && /^[a-z]+_[0-9a-z]{20}$/.test(id)) return { kind, id };
  }
  throw new WrongClaim('res is channel:<id>, broadcast:<id> or clip:<id>.');
}

function parseScopes(given: unknown): readonly Scope[] {
  if (given === undefined) return scopesDefault;
  const isList = Array.isArray(given) && given.length > 0 && given.length <= scopes.length;
  if (isList && given.every((entry) => scopes.includes(entry))) return given;
  throw new WrongClaim(`scp is a list of ${scopes.join(', ')}.`);
}

function id(raw: RawClaims, name: string): string | null {
  const given = raw[name];
  if (given === undefined) return null;
  const isText = typeof given === 'string' && given.length > 0 && given.length <= tokenLimits.idCharsMax;
  if (isText && /^[\x21-\x7e]+$/.test(given)) return given;
  throw new WrongClaim(`${name} is a text of 1 to ${tokenLimits.idCharsMax} visible ASCII characters.`);
}

/** Seconds since the Unix epoch as ms. */
function time(raw: RawClaims, name: string): number | null {
  const given = raw[name];
  if (given === undefined) return null;
  if (typeof given === 'number' && given >= 0 && given < secondsMax) return Math.round(given * 1_000);
  throw new WrongClaim(`${name} is a time in seconds since 1970.`);
}

function whole(raw: RawClaims, name: string, max: number): number | null {
  const given = raw[name];
  if (given === undefined) return null;
  if (typeof given === 'number' && Number.isInteger(given) && given > 0 && given <= max) return given;
  throw new WrongClaim(`${name} is a whole number from 1 to ${max}.`);
}

function list(raw: RawClaims, name: string, fits: (entry: string) => boolean): readonly string[] | null {
  const given = raw[name];
  if (given === undefined) return null;
  const isList = Array.isArray(given) && given.length > 0 && given.length <= tokenLimits.entriesMax;
  if (isList && given.every((entry) => typeof entry === 'string' && fits(entry))) return given;
  throw new WrongClaim(`${name} is a list of 1 to ${tokenLimits.entriesMax} entries, or one of them is not valid.`);
}
