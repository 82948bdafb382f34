import { tokenLimits } from '#shared/limits/access.ts';
import type { BroadcastState, Visibility } from '#shared/model/broadcast.ts';
import type { PlaybackRoute } from '#shared/route/route.ts';
import type { Admitted, Refused } from '../access/gate.ts';
import type { Keeping } from '../access/ports.ts';
import { presentedToken } from '../access/transport.ts';
import { viewerPlaceOf } from '../access/viewer-place.ts';
import type { Scope } from '../token/claims.ts';
import type { Visit } from './visit.ts';

/** What a URL leads to, for the gate. */
export interface Gated {
  readonly visibility: Visibility;
  /** Sites that the channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly channel: string;
  readonly broadcast: string | null;
  readonly state: BroadcastState;
  readonly endedMs: number | null;
  readonly kind: PlaybackRoute['kind'] | 'foreign-manifest' | 'foreign-media' | 'steering';
  /** Rendition's name where the URL has one. */
  readonly rendition?: string;
  /** Times in ms since the Unix epoch. */
  readonly clip?: { readonly id: string; readonly startMs: number; readonly endMs: number };
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
  if (isOpenToAll(gated)) return null;
  const nowMs = Date.now();
  const asked = {
    channel: gated.channel,
    broadcast: gated.broadcast,
    clip: gated.clip?.id ?? null,
    scopes: scopesFor(gated, nowMs),
    kind: mediaKinds.has(gated.kind) ? ('media' as const) : ('manifest' as const),
    height: heightOf(gated.rendition),
    sites: gated.sites,
  };
  const presented = presentedToken(pathToken, query, request.headers);
  const isLook = gated.kind === 'steering' || request.method === 'HEAD';
  const purpose = isLook ? 'look' : entryKinds.has(gated.kind) ? 'begin' : 'go-on';
  const { clip = null } = gated;
  const keeping = keepingOf(gated, query);
  const place = viewerPlaceOf(request, env);
  const isSigned = gated.visibility === 'signed';
  return access.admit({ isSigned, presented, asked, place, purpose, keeping, clip }, nowMs);
}

/** Whether whoever asks may have it: the gate need not be asked. */
export function isOpenToAll({ visibility, sites }: Pick<Gated, 'visibility' | 'sites'>): boolean {
  return visibility !== 'signed' && sites === null;
}

/** Players ask for the manifest of what is live again and again; all else they read once, and media is what tells of them. */
function keepingOf({ kind, state, isSlice }: Gated, query: string): Keeping {
  if (kind === 'foreign-media') return 'lease';
  if (mediaKinds.has(kind)) return state === 'ended' ? 'lease' : 'nothing';
  return isSlice && state !== 'ended' && new URLSearchParams(query).has('end') ? 'long-lease' : 'lease';
}

const mediaKinds: ReadonlySet<Gated['kind']> = new Set(['init', 'segment', 'part', 'foreign-media'] as const);
const entryKinds: ReadonlySet<Gated['kind']> = new Set([
  'live-multivariant',
  'live-mpd',
  'multivariant',
  'mpd',
  'clip-multivariant',
  'clip-mpd',
] as const);

const playing: readonly Scope[] = ['live', 'dvr', 'replay', 'clip'];

/** Which scopes open it: any of them media, for its URLs are those of a manifest that was opened, until that must be a replay's. */
function scopesFor({ kind, state, endedMs, isSlice }: Gated, nowMs: number): readonly Scope[] {
  if (mediaKinds.has(kind)) {
    const isPast = state === 'ended' && (endedMs === null || nowMs >= endedMs + tokenLimits.endedMediaMs);
    return isPast ? ['replay', 'clip'] : playing;
  }
  if (kind === 'steering') return playing;
  if (kind === 'download' || kind === 'clip-download') return ['download'];
  if (kind === 'clip-multivariant' || kind === 'clip-mpd') return ['clip'];
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
