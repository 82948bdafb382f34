import { signingLimits, tokenLimits } from '#shared/limits/access.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { noLimits, type PlaybackClaims, type PlaybackLimits } from '../token/claims.ts';
import { type AskedMedia, allowsSite, decide, isFile, siteRefused, type ViewerPlace } from '../token/policy.ts';
import { AccessKeysError, accessKeys } from './access-keys.ts';
import type {
  ChannelKeys,
  Keeping,
  KeyRing,
  LeaseRequest,
  Leases,
  Rates,
  RevocationSubject,
  Revocations,
  SessionLeases,
} from './ports.ts';
import { beginSession, type Frame, openSession, type Session, sealSession, sessionPrefix } from './session.ts';
import { useToken } from './token-uses.ts';
import type { PresentedToken } from './transport.ts';
import { type CheckedToken, checkToken } from './verify.ts';

/** One request for something that is not open to everybody. */
export interface Visitor {
  /** It takes a token; else only the site that the channel may be shown on. */
  readonly isSigned: boolean;
  readonly presented: PresentedToken | null | 'two_tokens' | 'unreadable';
  readonly asked: AskedMedia;
  readonly place: ViewerPlace;
  /**
   * `begin` where viewers come in, and so where sessions begin: a multivariant playlist or an MPD. `look`: nothing is
   * played, no place is taken.
   */
  readonly purpose: 'begin' | 'go-on' | 'look';
  /** What the request does to the lease of its session. */
  readonly keeping: Keeping;
  /** The clip that is asked for: what a session of a clip's token is good for. */
  readonly clip: { readonly startMs: number; readonly endMs: number } | null;
  /** Host of our own page that plays inside of a page of `place.site`: a session that a list of sites let begin so is for that page alone. */
  readonly page?: string | undefined;
}

/** What a viewer got, or the code and the words of the refusal. */
export type Admission = Admitted | Refused;

export interface Admitted {
  readonly isOpen: true;
  readonly limits: PlaybackLimits;
  /** What the URIs of a manifest must lead through: relative ones do already while `isInherited`. Null: through nothing. */
  readonly token: string | null;
  readonly isInherited: boolean;
  /** Null when nothing was exchanged and the token is none. */
  readonly session: Session | null;
  /** When the token must have been replaced by another one; null: never. */
  readonly expiresMs: number | null;
}

export interface Refused {
  readonly isOpen: false;
  readonly code: ProblemCode;
  readonly detail: string;
}

/** What the gate works with; composition.ts brings it together. */
export interface GateParts {
  readonly keyRing: KeyRing;
  readonly revocations: Revocations;
  readonly leases: Leases;
  readonly sessionLeases: SessionLeases;
  readonly rates: Rates;
  /** Text of the secret `ACCESS_KEYS`. */
  readonly secret: string | undefined;
  /** Name of the deployment: what `aud` must be. */
  readonly audience: string;
}

export interface Gate {
  /** Lets a viewer in or not. Never throws: what cannot be told is refused as a failure of ours. */
  admit(visitor: Visitor, nowMs: number): Promise<Admission>;
  /**
   * Sites that a token is bound to; null: any, and of what is no good token. Throws while that cannot be told.
   * @param channel that it is brought to; null: not known
   */
  sitesOf(token: string, channel: string | null): Promise<readonly string[] | null>;
}

/** The one place where viewers of what is signed are let in or not. */
export function createGate(parts: GateParts): Gate {
  return {
    async admit(visitor, nowMs) {
      try {
        const admission = await admit(parts, visitor, nowMs);
        const isGuess = !admission.isOpen && admission.code === 'token_invalid';
        if (!isGuess || (await parts.rates.mayBeRefused(visitor.place.address))) return admission;
        return refuse('too_many_requests', 'Too many wrong tokens come from this address; wait a minute.');
      } catch (error) {
        // Parsers quote their input: the kind of an unexpected error is all that may be told of it.
        const kind = error instanceof Error ? error.name : typeof error;
        const detail = error instanceof AccessKeysError ? error.message : undefined;
        console.error(JSON.stringify({ event: 'access_undecided', error: kind, detail }));
        if (detail !== undefined) return refuse('not_configured', detail);
        return refuse('internal', 'It cannot be told right now whether this token holds; ask again.');
      }
    },
    async sitesOf(token, channel) {
      try {
        return await sitesOf(parts, token, channel);
      } catch (error) {
        // Nothing plays then, and the page says why.
        if (error instanceof AccessKeysError) return null;
        throw error;
      }
    },
  };
}

async function admit(parts: GateParts, visitor: Visitor, nowMs: number): Promise<Admission> {
  const { presented } = visitor;
  if (!visitor.isSigned) return admitUnsigned(parts, visitor, nowMs);
  if (presented === null) return missing;
  if (presented === 'two_tokens') return refuse('two_tokens', 'Send one token, or the same one everywhere.');
  if (presented === 'unreadable') return refuse('token_invalid', 'This is not a token.');
  return presented.token.startsWith(sessionPrefix)
    ? admitSession(parts, visitor, presented, nowMs)
    : admitToken(parts, visitor, presented, nowMs);
}

/** What takes no token: whoever plays on a site of the channel, also by a session that began in a frame there. */
async function admitUnsigned(parts: GateParts, visitor: Visitor, nowMs: number): Promise<Admission> {
  const { presented, asked, place, purpose } = visitor;
  if (allowsSite(asked.sites, place.site)) {
    const frame = frameOf(visitor, noLimits);
    return frame ? beginUnsigned(parts, visitor, frame, nowMs) : unsigned;
  }
  if (typeof presented !== 'object' || presented === null) return siteRefused;
  // A token may be good for files wherever they are saved.
  if (!presented.token.startsWith(sessionPrefix)) {
    return isFile(asked) ? admitToken(parts, visitor, presented, nowMs) : siteRefused;
  }
  const session = await openSession(presented.token, await accessKeys(parts.secret));
  if (!session?.frame || session.frame.page !== place.site || !allowsSite(asked.sites, session.frame.site)) {
    return siteRefused;
  }
  if (nowMs >= session.renewUntilMs) return lapsed;
  const { token, by } = presented;
  const isInherited = by === 'path' || purpose !== 'begin';
  return { ...unsigned, token, isInherited, session, expiresMs: session.renewUntilMs };
}

/** A session without a token: all that it has is the site around our page. */
async function beginUnsigned(
  parts: GateParts,
  { asked, place }: Visitor,
  frame: Frame,
  nowMs: number,
): Promise<Admission> {
  if (!(await parts.rates.mayBegin(place.address, null))) return crowded;
  const nobody = { issuer: null, viewer: null, link: null, session: null, notBeforeMs: null, renewUntilMs: null };
  const resource = { kind: 'channel', id: asked.channel } as const;
  const expiresMs = nowMs + tokenLimits.sessionMsMax;
  // Without a scope it opens nothing anywhere that takes a token.
  const claims = { ...nobody, issuedMs: nowMs, expiresMs, resource, scopes: [], limits: noLimits };
  return sealed(parts, beginSession(claims, null, newSessionId(), nowMs, frame));
}

async function sealed({ secret }: GateParts, session: Session): Promise<Admitted> {
  const [signing] = await accessKeys(secret);
  const token = await sealSession(session, signing as NonNullable<typeof signing>);
  const { limits, renewUntilMs: expiresMs } = session;
  return { isOpen: true, limits, token, isInherited: false, session, expiresMs };
}

async function sitesOf(
  { keyRing, audience, secret }: GateParts,
  token: string,
  channel: string | null,
): Promise<readonly string[] | null> {
  if (token.startsWith(sessionPrefix)) {
    return (await openSession(token, await accessKeys(secret)))?.limits.sites ?? null;
  }
  const checked = await checkToken(token, keysFor(keyRing, channel), audience);
  return 'fault' in checked ? null : checked.claims.limits.sites;
}

function keysFor(ring: KeyRing, channel: string | null): ChannelKeys {
  return { find: (kid) => ring.find(kid, channel) };
}

async function admitSession(
  parts: GateParts,
  { asked, place: own, purpose, keeping }: Visitor,
  { token, by }: PresentedToken,
  nowMs: number,
): Promise<Admission> {
  const session = await openSession(token, await accessKeys(parts.secret));
  if (!session) return refuse('token_invalid', 'This session is none of this deployment.');
  if (session.parentKid === null) return missing;
  const expiresMs = session.renewUntilMs;
  // What was let in for the site around our page is asked for by that page from then on.
  if (session.frame && session.frame.page !== own.site) return siteRefused;
  const place = session.frame ? { ...own, site: session.frame.site } : own;
  const decision = decide({ ...session, notBeforeMs: null, expiresMs }, asked, place, nowMs);
  if (!decision.isOpen) return decision;
  // Media too: its names can be counted up, so that whoever reads no playlists would play on for as long as the session lasts.
  if (await isRevoked(parts, subjectsOf(session, asked))) return revoked;
  const { endMs } = session.limits;
  // What lies in the past is read once, whatever state its broadcast is in.
  const kept = keeping === 'nothing' && endMs !== null && endMs <= nowMs ? 'lease' : keeping;
  if (!(await parts.sessionLeases.holds(session, asked.kind === 'media', kept, nowMs))) return lapsed;
  if (purpose !== 'look') {
    const lease = await renewLease(parts, session, null, false);
    if (lease) return lease;
  }
  return {
    isOpen: true,
    limits: session.limits,
    token,
    isInherited: by === 'path' || purpose !== 'begin',
    session,
    expiresMs,
  };
}

async function admitToken(
  parts: GateParts,
  visitor: Visitor,
  { token, by }: PresentedToken,
  nowMs: number,
): Promise<Admission> {
  const { asked, place, purpose, clip } = visitor;
  const checked = await checkToken(token, keysFor(parts.keyRing, asked.channel), parts.audience);
  if ('fault' in checked) return refuse('token_invalid', checked.fault);
  const { claims, key } = checked;
  if (key.untilMs !== null && nowMs >= key.untilMs) return refuse('token_invalid', 'Its key is no longer in use.');
  if (key.channel !== null && key.channel !== asked.channel) {
    return refuse('wrong_resource', 'The key of this token is for another channel.');
  }
  if (livesTooLong(claims, nowMs)) return refuse('token_invalid', 'It is good for more than 30 days.');
  const decision = decide(claims, asked, place, nowMs);
  if (!decision.isOpen) return decision;
  if (await isRevoked(parts, [tokenSubject(checked, asked)])) return revoked;
  const { limits, expiresMs } = claims;
  const isCounted = limits.streamsMax !== null || limits.usesMax !== null;
  if (purpose === 'begin' && (by !== 'path' || isCounted || clip !== null || claims.renewUntilMs !== null)) {
    if (!(await parts.rates.mayBegin(place.address, claims.link))) return crowded;
    const narrowed = clip ? cutTo(claims, clip, asked.broadcast) : claims;
    return exchange(parts, checked, narrowed, frameOf(visitor, limits), nowMs);
  }
  if (isCounted && purpose !== 'look') return refuse('wrong_resource', 'This token begins at index.m3u8 or index.mpd.');
  if (asked.kind === 'manifest' && purpose !== 'look' && !(await playAsItIs(parts, checked, place.address, nowMs))) {
    return crowded;
  }
  return { isOpen: true, limits, token, isInherited: true, session: null, expiresMs };
}

/** Whether a token may be played with without a session; the use of its link is noted where that begins. */
async function playAsItIs(
  { rates, leases }: GateParts,
  { claims, key, digest }: CheckedToken,
  address: string | null,
  nowMs: number,
): Promise<boolean> {
  const { link: id, viewer, session, limits } = claims;
  const use = await useToken(rates, id ?? digest, address, nowMs);
  if (use === 'begins' && id !== null) {
    const { whenFull } = limits;
    const link = { id, usesMax: null };
    const named = { session: session ?? id, owner: key.channel, viewer, streamsMax: null, whenFull };
    await leases.renew({ ...named, link, isNew: true });
  }
  return use !== 'refused';
}

/** Revocations are forgotten after this time: a token that is older, or will be, would come back. */
function livesTooLong({ issuedMs, expiresMs }: PlaybackClaims, nowMs: number): boolean {
  const sinceMs = issuedMs === 0 ? nowMs : Math.min(issuedMs, nowMs);
  return expiresMs - sinceMs > signingLimits.tokenLifeMsMax + tokenLimits.leewayMs;
}

/** Makes a session of a token that was let in, if its lease is granted. */
async function exchange(
  parts: GateParts,
  { claims, key }: CheckedToken,
  narrowed: PlaybackClaims,
  frame: Frame | null,
  nowMs: number,
): Promise<Admission> {
  const session = beginSession(narrowed, key, newSessionId(), nowMs, frame);
  const { link, limits: asked } = claims;
  const lease = await renewLease(parts, session, link === null ? null : { id: link, usesMax: asked.usesMax }, true);
  return lease ?? sealed(parts, session);
}

/** A clip's media lies below its broadcast: the session is for the clip's range of that. */
function cutTo(
  claims: PlaybackClaims,
  { startMs, endMs }: NonNullable<Visitor['clip']>,
  broadcast: string | null,
): PlaybackClaims {
  const { limits } = claims;
  const range = {
    startMs: Math.max(startMs, limits.startMs ?? startMs),
    endMs: Math.min(endMs, limits.endMs ?? endMs),
  };
  return {
    ...claims,
    resource: { kind: 'broadcast', id: broadcast ?? '' },
    // Of the clip only, since its range is a limit.
    scopes: claims.scopes.includes('download') ? ['clip', 'download'] : ['clip'],
    limits: { ...limits, ...range },
  };
}

/** The frame that a session is for, where it was let in for the site around it. */
function frameOf({ asked, place, page }: Visitor, { sites }: PlaybackLimits): Frame | null {
  const isListed = sites !== null || asked.sites !== null;
  return isListed && page !== undefined && place.site !== null ? { page, site: place.site } : null;
}

/**
 * The refusal of a session that may not go on, or null; one without any limit is not asked for.
 * @param used the link that it begins with
 */
async function renewLease(
  { leases }: GateParts,
  { id, owner, viewer, limits }: Session,
  used: LeaseRequest['link'],
  isNew: boolean,
): Promise<Refused | null> {
  const { streamsMax, whenFull } = limits;
  if (streamsMax === null && used === null) return null;
  const answer = await leases.renew({ session: id, owner, viewer, streamsMax, whenFull, link: used, isNew });
  return answer.granted ? null : refuse(answer.code, leaseWords[answer.code]);
}

const leaseWords = Object.freeze({
  too_many_streams: 'As many screens as this viewer may have are playing; stop one of them.',
  link_used_up: 'This link was used as often as it may be; ask for a new one.',
});

function tokenSubject({ claims, key }: CheckedToken, { channel, broadcast }: AskedMedia): RevocationSubject {
  const { link, session, viewer, issuedMs } = claims;
  return { kid: key.kid, owner: key.channel, link, session, viewer, channel, broadcast, issuedMs };
}

/** A session can be revoked by its own name and by the one that its token gave it. */
function subjectsOf(session: Session, { channel, broadcast }: AskedMedia): readonly RevocationSubject[] {
  const { id, parentKid, owner, parentSession, link, viewer, issuedMs } = session;
  const kid = parentKid ?? '';
  const subject = { kid, owner, link, session: id, viewer, channel, broadcast, issuedMs };
  return parentSession === null ? [subject] : [subject, { ...subject, session: parentSession }];
}

async function isRevoked({ revocations }: GateParts, subjects: readonly RevocationSubject[]): Promise<boolean> {
  for (const subject of subjects) if (await revocations.isRevoked(subject)) return true;
  return false;
}

const unsigned: Admitted = Object.freeze({
  isOpen: true,
  limits: noLimits,
  token: null,
  isInherited: true,
  session: null,
  expiresMs: null,
});

const missing = refuse('token_missing', 'This stream is played with a link from its streamer.');
const crowded = refuse('too_many_requests', 'Too many begin to play here; wait a minute.');
const lapsed = refuse('token_expired', 'This session was not used for too long; open the link again.');
const revoked = refuse('token_revoked', 'Access to this stream was taken back.');

function refuse(code: ProblemCode, detail: string): Refused {
  return { isOpen: false, code, detail };
}

const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';

function newSessionId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return `ss_${Array.from(bytes, (byte) => idAlphabet[byte % 32]).join('')}`;
}
