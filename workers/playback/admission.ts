import { tokenLimits } from '#shared/limits.ts';
import type { BroadcastState, Visibility } from '#shared/model/broadcast.ts';
import type { PlaybackRoute } from '#shared/route/route.ts';
import type { Admitted, Refused } from '../access/gate.ts';
import { presentedToken } from '../access/transport.ts';
import type { Env } from '../env.ts';
import type { Scope } from '../token/claims.ts';
import type { ViewerPlace } from '../token/policy.ts';
import { placeOf } from './place.ts';
import type { Visit } from './visit.ts';

/** What a URL leads to, for the gate. */
export interface Gated {
  readonly visibility: Visibility;
  readonly channel: string;
  readonly broadcast: string | null;
  readonly state: BroadcastState;
  readonly endedMs: number | null;
  readonly kind: PlaybackRoute['kind'] | 'foreign-manifest' | 'foreign-media' | 'steering' | 'view';
  /** Rendition's name where the URL has one. */
  readonly rendition?: string;
  /** A time range is asked for. */
  readonly isSlice: boolean;
}

/**
 * Lets a viewer in, or not. What is open to everybody is so without a look at tokens.
 * @returns null when it is open to everybody
 */
export async function admit(
  { request, env, access }: Visit,
  pathToken: string | null,
  query: string,
  gated: Gated,
): Promise<Admitted | Refused | null> {
  if (gated.visibility !== 'signed') return null;
  const nowMs = Date.now();
  const asked = {
    channel: gated.channel,
    broadcast: gated.broadcast,
    clip: null,
    scopes: scopesFor(gated, nowMs),
    kind: mediaKinds.has(gated.kind) ? ('media' as const) : ('manifest' as const),
    height: heightOf(gated.rendition),
  };
  const presented = presentedToken(pathToken, query, request.headers);
  const isEntry = entryKinds.has(gated.kind) && request.method === 'GET';
  const isEnded = gated.state === 'ended';
  return access.admit({ presented, asked, place: viewerPlaceOf(request, env), isEntry, isEnded }, nowMs);
}

const mediaKinds: ReadonlySet<Gated['kind']> = new Set(['init', 'segment', 'part', 'foreign-media'] as const);
const entryKinds: ReadonlySet<Gated['kind']> = new Set([
  'live-multivariant',
  'live-mpd',
  'multivariant',
  'mpd',
] as const);

const playing: readonly Scope[] = ['live', 'dvr', 'replay', 'clip'];

/** Which scopes open it: any of them media, for its URLs are those of a manifest that was opened. */
function scopesFor({ kind, state, endedMs, isSlice }: Gated, nowMs: number): readonly Scope[] {
  if (mediaKinds.has(kind) || kind === 'view' || kind === 'steering') return playing;
  if (state !== 'ended') return isSlice ? ['dvr'] : ['live', 'dvr'];
  // Who watched to the end reads the playlist that says so.
  const justEnded = !isSlice && endedMs !== null && nowMs < endedMs + tokenLimits.endedMs;
  const slices: readonly Scope[] = isSlice ? ['clip'] : [];
  return justEnded ? ['live', 'dvr', 'replay'] : ['replay', ...slices];
}

/** Video renditions are named by their height: `v720`, `v720-av1`. */
function heightOf(rendition: string | undefined): number | null {
  const [, height] = /^v(\d+)/.exec(rendition ?? '') ?? [];
  return height === undefined ? null : Number(height);
}

/** Where a viewer is: what the platform knows, and the page that plays, as far as its browser tells. */
export function viewerPlaceOf(request: Request, env: Env): ViewerPlace {
  const { country } = placeOf(request, env);
  const isKnown = country !== undefined && /^[A-Z]{2}$/.test(country) && country !== 'XX' && country !== 'T1';
  return {
    country: isKnown ? country : null,
    address: request.headers.get('cf-connecting-ip'),
    site: siteOf(request),
  };
}

/** Our own pages send no Referer; browsers say that they ask from the same origin. */
function siteOf({ headers, url }: Request): string | null {
  const named = headers.get('origin') ?? headers.get('referer');
  if (named !== null) return URL.parse(named)?.host || null;
  return headers.get('sec-fetch-site') === 'same-origin' ? new URL(url).host : null;
}
