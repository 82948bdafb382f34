import { edgeLimits } from '#shared/limits/edge.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';

/** How long one kind of object lives in each tier, measured from when the origin made it. */
export interface Policy {
  /** Isolate and shield answer from memory for this long. */
  readonly freshMs: number;
  /** After an upstream 5xx they may still answer with it for this long; 0: never. */
  readonly staleMs: number;
  /** Kept in the PoP's Cache API too, which counts in whole seconds and therefore takes immutable objects only. */
  readonly inPopCache: boolean;
  /** Cache-Control for viewers and for caches between them and us. */
  readonly viewer: string;
}

const forever = Number.POSITIVE_INFINITY;
const keep = 'public, max-age=31536000, immutable';
const moving = 'public, max-age=0, s-maxage=1';

/**
 * The table of tiers and lifetimes.
 *
 * A broadcast's id is in every media URL and no name is used twice, so media never expires, it only makes room; parts are
 * gone again before a PoP's cache pays for them. Browsers must ask again for a manifest that moves (`max-age=0`): a stored
 * one costs latency and hides the end; shared caches get the lifetimes of rfc8216bis appendix B.1.
 */
export const policies: Readonly<Record<Exclude<BroadcastRoute['kind'], 'media-playlist'>, Policy>> = Object.freeze({
  init: { freshMs: forever, staleMs: 0, inPopCache: true, viewer: keep },
  segment: { freshMs: forever, staleMs: 0, inPopCache: true, viewer: keep },
  part: { freshMs: forever, staleMs: 0, inPopCache: false, viewer: keep },
  multivariant: { freshMs: 1_000, staleMs: 6_000, inPopCache: false, viewer: 'public, max-age=1' },
  'iframe-playlist': { freshMs: 1_000, staleMs: 6_000, inPopCache: false, viewer: moving },
  'segment-list': { freshMs: 200, staleMs: 6_000, inPopCache: false, viewer: moving },
  mpd: { freshMs: 200, staleMs: 6_000, inPopCache: false, viewer: moving },
  poster: { freshMs: 5_000, staleMs: 60_000, inPopCache: false, viewer: 'public, max-age=10' },
  thumbnails: { freshMs: 1_000, staleMs: 60_000, inPopCache: false, viewer: 'public, max-age=2' },
  'thumbnail-sheet': { freshMs: forever, staleMs: 0, inPopCache: true, viewer: keep },
});

/** The row of a media playlist follows from its own state. */
export const playlistPolicy = Object.freeze({
  /** A plain request is answered with a playlist up to this old, ms: a part target, or a target duration after the end. */
  freshMs(state: PlaylistState): number {
    if (state.ended) return state.targetDurationS * 1_000;
    return state.partTargetS > 0 ? state.partTargetS * 1_000 : partTargetMsFallback;
  },
  /** Bound of stale-if-error, ms; one that went backwards is believed after it. */
  staleMs(state: PlaylistState): number {
    return 3 * state.targetDurationS * 1_000;
  },
  /** Half a target duration when plain, six when it answers a blocking request (appendix B.1). */
  viewer(state: PlaylistState, blocking: boolean): string {
    const targetS = state.targetDurationS;
    if (state.ended) return `public, max-age=${targetS}`;
    if (blocking) return `public, max-age=${6 * targetS}`;
    return `public, max-age=0, s-maxage=${Math.max(1, Math.floor(targetS / 2))}`;
  },
});

const partTargetMsFallback = 200;

/** Lifetimes of foreign objects until their own answer tells them. */
export const foreignPolicy: Policy = Object.freeze({ freshMs: 0, staleMs: 0, inPopCache: false, viewer: 'no-store' });

/** Cache-Control of errors; 401 and 403 are nobody's to keep. */
export function errorCacheControl(status: number): string {
  return status === 401 || status === 403 ? 'no-store' : 'public, max-age=1';
}

/** How long an error is repeated without asking again, ms: long enough to stop a storm, short enough not to move the live edge. */
export function refusalFreshMs(status: number): number {
  if (status === 400 || status === 410 || status === holeStatus) return 1_000;
  if (status === 404) return 500;
  return status === 504 ? 0 : 250; // a 504 took seconds to come; nothing is gained by making the next viewer fail too
}

/**
 * Limit of one upstream request, ms: what the origin may hold (a blocking reload, a hinted part) gets more.
 * @param targetDurationS where it is known, a hold is given up soon after the origin must have (3 × target duration): the
 *   answer is lost then, and whoever waits for it would miss what comes after it
 */
export function upstreamMs(
  kind: BroadcastRoute['kind'] | 'foreign',
  isBlocking: boolean,
  targetDurationS: number | null = null,
): number {
  const { upstreamBlockingMsMax, upstreamMsMax, tierMarginMs } = edgeLimits;
  if (kind !== 'part' && !isBlocking) return upstreamMsMax;
  if (targetDurationS === null) return upstreamBlockingMsMax;
  return Math.min(upstreamBlockingMsMax, 3_000 * targetDurationS + tierMarginMs);
}
