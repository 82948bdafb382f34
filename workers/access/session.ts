import { tokenLimits } from '#shared/limits/access.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { PlaybackClaims, PlaybackLimits, Scope, TokenResource } from '../token/claims.ts';
import type { AccessKey } from './access-keys.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import type { VerifyingKey } from './ports.ts';

/** What a playback token was exchanged for. Times are ms since the Unix epoch. */
export interface Session {
  readonly id: string;
  /** Key of the token that it came from; null: it came from none, and opens nothing that takes one. */
  readonly parentKid: string | null;
  /** Channel that this key is bound to; null: any of the deployment. */
  readonly owner: string | null;
  /** Session that the token itself named (`sid`): what is revoked by that name is revoked here. */
  readonly parentSession: string | null;
  readonly link: string | null;
  readonly viewer: string | null;
  readonly resource: TokenResource;
  readonly scopes: readonly Scope[];
  readonly limits: PlaybackLimits;
  /** The page of ours that it is for, and the site that shows that page in a frame; null: it is for no frame. */
  readonly frame: Frame | null;
  /** When its token was issued: what is revoked up to a time includes sessions that begin while PoPs hear of it. */
  readonly issuedMs: number;
  /** When it began: its first lease runs from then. Null: sealed by a version that had no leases. */
  readonly beganMs: number | null;
  /** It is over then, whatever happens. */
  readonly renewUntilMs: number;
}

/** Hosts of a page of ours in a frame: its own, and that of the page around. */
export interface Frame {
  readonly page: string;
  readonly site: string;
}

/** Every session token begins with it: version 1. */
export const sessionPrefix = 's1.';

const encoder = new TextEncoder();

/** Members of the payload are short, for they are in every URL: see {@link pack}. */
type Packed = Readonly<Record<string, unknown>>;

/**
 * A session of claims that were let in now; it ends with them when they say nothing of renewal.
 * @param key that their token was signed with; null: there was no token
 */
export function beginSession(
  claims: PlaybackClaims,
  key: Pick<VerifyingKey, 'kid' | 'channel'> | null,
  id: string,
  nowMs: number,
  frame: Frame | null = null,
): Session {
  const { session: parentSession, link, viewer, resource, scopes, limits, issuedMs } = claims;
  const untilMs = claims.renewUntilMs ?? claims.expiresMs;
  const renewUntilMs = Math.min(untilMs, nowMs + tokenLimits.sessionMsMax);
  const parent = { parentKid: key?.kid ?? null, owner: key?.channel ?? null, parentSession, link, viewer };
  return { id, ...parent, resource, scopes, limits, frame, issuedMs, beganMs: nowMs, renewUntilMs };
}

/** The token of a session: `s1.<kid>.<payload>.<mac>`, HMAC-SHA-256 over all before its last dot. */
export async function sealSession(session: Session, { kid, sessionKey }: AccessKey): Promise<string> {
  const signed = `${sessionPrefix}${kid}.${toBase64url(encoder.encode(JSON.stringify(pack(session))))}`;
  const mac = await crypto.subtle.sign('HMAC', sessionKey, encoder.encode(signed));
  return `${signed}.${toBase64url(new Uint8Array(mac))}`;
}

interface Opened {
  /** Everything that the MAC is over. */
  readonly signed: string;
  readonly key: AccessKey;
  readonly session: Session;
}

/** Sessions whose MAC held, by that MAC: a player asks several times a second with the same one. */
const opened = new ByteLru<Opened>(tokenLimits.verifiedEntriesMax, tokenLimits.verifiedEntriesMax);

/** The session of a token, or null when it is not one of ours. */
export async function openSession(token: string, keys: readonly AccessKey[]): Promise<Session | null> {
  const [version, kid, payload, mac, ...rest] = token.split('.');
  if (version !== 's1' || payload === undefined || mac === undefined || rest.length > 0) return null;
  const key = keys.find((one) => one.kid === kid);
  if (!key) return null;
  const signed = token.slice(0, token.lastIndexOf('.'));
  const known = opened.get(mac);
  if (known?.signed === signed && known.key === key) return known.session;
  const bytes = fromBase64url(mac);
  if (
    bytes?.byteLength !== 32 ||
    !(await crypto.subtle.verify('HMAC', key.sessionKey, bytes, encoder.encode(signed)))
  ) {
    return null;
  }
  const json = fromBase64url(payload);
  const session = json && unpack(JSON.parse(new TextDecoder().decode(json)));
  if (session) opened.set(mac, { signed, key, session }, 1);
  return session;
}

function pack({ limits, ...session }: Session): Packed {
  const packed = {
    s: session.id,
    k: session.parentKid,
    o: session.owner,
    p: session.parentSession,
    l: session.link,
    v: session.viewer,
    r: `${session.resource.kind}:${session.resource.id}`,
    c: session.scopes,
    e: session.frame && [session.frame.page, session.frame.site],
    i: session.issuedMs,
    t: session.beganMs,
    u: session.renewUntilMs,
    h: limits.heightMax,
    a: limits.startMs,
    b: limits.endMs,
    g: limits.countries,
    n: limits.networks,
    w: limits.sites,
    m: limits.streamsMax,
    f: limits.whenFull === 'end-oldest' ? 1 : null,
  };
  return Object.fromEntries(Object.entries(packed).filter(([, value]) => value !== null));
}

/** Whatever has our MAC was packed by us. */
function unpack(packed: Packed): Session {
  const { s, k = null, o = null, p = null, l = null, v = null, r, c, e, i, u, h = null, a = null, b = null } = packed;
  const { g = null, n = null, w = null, m = null, f, t = null } = packed;
  const [kind, id] = (r as string).split(':');
  const limits = {
    heightMax: h,
    startMs: a,
    endMs: b,
    countries: g,
    networks: n,
    sites: w,
    anySite: false,
    streamsMax: m,
    whenFull: f === 1 ? 'end-oldest' : 'refuse-newest',
    usesMax: null,
  } as PlaybackLimits;
  return {
    id: s,
    parentKid: k,
    owner: o,
    parentSession: p,
    link: l,
    viewer: v,
    resource: { kind, id },
    scopes: c,
    limits,
    frame: e ? { page: (e as string[])[0], site: (e as string[])[1] } : null,
    issuedMs: i,
    beganMs: t,
    renewUntilMs: u,
  } as Session;
}
