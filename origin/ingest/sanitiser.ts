import { sanitiserLimits } from '#shared/limits/ingest.ts';
import type { FlvTagType } from './flv.ts';

/**
 * Repairs a publisher's timestamps: the output begins at 0, never goes back on a track, and never steps further than
 * the limit beyond the time that has really passed: on the wall clock, or on the other track. A jump is taken out by one offset for both tracks, so that picture and sound stay together; each track
 * changes over when its own tags jump, since a few of the old time may still follow behind the other track's new ones.
 */

export interface SanitiserState {
  /** Tag time without the 32-bit wrap, and the highest number of wraps seen; null before the first tag. */
  readonly clock: { readonly rawMs: number; readonly unwrappedMs: number; readonly wraps: number } | null;
  /** What the newest jump left: output time minus unwrapped time, ms. */
  readonly offsetMs: number;
  readonly audio: TrackState | null;
  readonly video: TrackState | null;
}

interface TrackState {
  readonly offsetMs: number;
  /** Output time of the track's newest tag. */
  readonly lastMs: number;
  /** The newest ordinary step: where the next tag belongs when its own time cannot be used. */
  readonly stepMs: number;
  /** Arrival of the track's newest tag, and since when it lies too far behind the other track. */
  readonly arrivalMs: number | null;
  readonly lateSinceMs: number | null;
}

export interface TagHead {
  readonly type: FlvTagType;
  /** as sent, 32-bit */
  readonly timestampMs: number;
  /** Wall clock at arrival, ms; without it every hole in time is a jump. */
  readonly arrivalMs?: number;
  /** Carries decoder configuration and no frame: it takes the track's time and gives none. */
  readonly isSequenceHeader?: boolean;
}

interface SanitiserEvent {
  readonly code: 'ts.jump' | 'ts.backwards' | 'ts.wrap_handled';
  /** How far the source's time was off, ms. */
  readonly sizeMs: number;
}

export interface Sanitised {
  readonly state: SanitiserState;
  /** ms since the publisher's first tag; not wrapped */
  readonly timestampMs: number;
  readonly event: SanitiserEvent | null;
}

const wrapMs = 2 ** 32;
const { stepForwardMsMax, stepBackwardMsMax, jitterMsMax, lagMsMax, lagForMsMin } = sanitiserLimits;
const stepMsMin = -(stepBackwardMsMax + jitterMsMax);

/** The state before a publisher's first tag. */
export function createSanitiser(): SanitiserState {
  return { clock: null, offsetMs: 0, audio: null, video: null };
}

/** The repaired time of one tag. Script tags and sequence headers take the time reached so far. */
export function sanitise(state: SanitiserState, head: TagHead): Sanitised {
  if (head.type === 'script' || head.isSequenceHeader === true) {
    const track = head.type === 'script' ? null : state[head.type];
    return { state, timestampMs: track?.lastMs ?? reachedMs(state), event: null };
  }
  const { clock, wrapped } = advance(state.clock, head.timestampMs);
  const placed = place(state, head.type, clock.unwrappedMs, head.arrivalMs ?? null);
  const next = { ...state, clock, offsetMs: placed.sharedOffsetMs, [head.type]: placed.track };
  const wrap = wrapped ? ({ code: 'ts.wrap_handled', sizeMs: wrapMs } as const) : null;
  return { state: next, timestampMs: placed.track.lastMs, event: placed.event ?? wrap };
}

interface Placed {
  readonly track: TrackState;
  readonly sharedOffsetMs: number;
  readonly event: SanitiserEvent | null;
}

function place(state: SanitiserState, type: 'audio' | 'video', unwrappedMs: number, arrivalMs: number | null): Placed {
  const track = state[type];
  if (!track) return placeFirst(state, unwrappedMs, arrivalMs);
  return placeNext(state, { type, track, unwrappedMs, arrivalMs });
}

/** A track's first tag: beside the other track's where they agree to within a jump, else at its time. */
function placeFirst(state: SanitiserState, unwrappedMs: number, arrivalMs: number | null): Placed {
  const begun = { stepMs: 0, arrivalMs, lateSinceMs: null };
  if (state.audio === null && state.video === null) {
    const track = { offsetMs: -unwrappedMs, lastMs: 0, ...begun };
    return { track, sharedOffsetMs: -unwrappedMs, event: null };
  }
  const reached = reachedMs(state);
  const atMs = unwrappedMs + state.offsetMs;
  const together = Math.abs(atMs - reached) <= stepForwardMsMax;
  const offsetMs = together ? state.offsetMs : reached - unwrappedMs;
  const lastMs = Math.max(0, unwrappedMs + offsetMs);
  return { track: { offsetMs, lastMs, ...begun }, sharedOffsetMs: state.offsetMs, event: null };
}

interface Arrived {
  readonly type: 'audio' | 'video';
  readonly track: TrackState;
  readonly unwrappedMs: number;
  readonly arrivalMs: number | null;
}

function placeNext(state: SanitiserState, tag: Arrived): Placed {
  const { type, track, unwrappedMs, arrivalMs } = tag;
  // Two pictures at one time are one too many for a muxer; two sounds are not.
  const holdMs = type === 'video' ? 1 : 0;
  const stepMsMax = stepForwardMsMax + Math.max(passedMs(track, arrivalMs), reachedMs(state) - track.lastMs);
  const fit = [track.offsetMs, state.offsetMs]
    .map((offsetMs) => ({ offsetMs, stepMs: unwrappedMs + offsetMs - track.lastMs }))
    .filter(({ stepMs }) => stepMs >= stepMsMin && stepMs <= stepMsMax)
    .sort((a, b) => Math.abs(a.stepMs) - Math.abs(b.stepMs))[0];
  const nextStepMs = Math.max(holdMs, track.stepMs);
  if (!fit) return placeJump(state, tag, nextStepMs);
  const lastMs = track.lastMs + Math.max(holdMs, fit.stepMs);
  const lateSinceMs = lastMs < reachedMs(state) - lagMsMax ? (track.lateSinceMs ?? arrivalMs) : null;
  if (lateSinceMs !== null && (arrivalMs ?? 0) - lateSinceMs >= lagForMsMin) return placeJump(state, tag, nextStepMs);
  const ordinary = fit.stepMs > 0 && fit.stepMs <= stepForwardMsMax;
  const stepMs = ordinary ? fit.stepMs : track.stepMs;
  const next = { offsetMs: fit.offsetMs, lastMs, stepMs, arrivalMs, lateSinceMs };
  return { track: next, sharedOffsetMs: state.offsetMs, event: null };
}

function placeJump(state: SanitiserState, tag: Arrived, stepMs: number): Placed {
  const { track, unwrappedMs, arrivalMs } = tag;
  // Not before what the other track has reached: its next tag would have to go back.
  const lastMs = Math.max(track.lastMs + stepMs, reachedMs(state));
  const offsetMs = lastMs - unwrappedMs;
  const movedMs = unwrappedMs + track.offsetMs - lastMs;
  const code = movedMs > 0 ? 'ts.jump' : 'ts.backwards';
  const event = { code, sizeMs: Math.abs(movedMs) } as const;
  return { track: { offsetMs, lastMs, stepMs, arrivalMs, lateSinceMs: null }, sharedOffsetMs: offsetMs, event };
}

/** Time on the wall since the track's newest tag, ms. */
function passedMs(track: TrackState, arrivalMs: number | null): number {
  return arrivalMs === null || track.arrivalMs === null ? 0 : Math.max(0, arrivalMs - track.arrivalMs);
}

function reachedMs(state: SanitiserState): number {
  return Math.max(0, state.audio?.lastMs ?? 0, state.video?.lastMs ?? 0);
}

/** Carries the 32-bit time on: the nearest time to the last one that has these 32 bits. */
function advance(clock: SanitiserState['clock'], timestampMs: number) {
  const rawMs = timestampMs >>> 0;
  if (clock === null) return { clock: { rawMs, unwrappedMs: rawMs, wraps: 0 }, wrapped: false };
  const unwrappedMs = clock.unwrappedMs + ((rawMs - clock.rawMs) | 0);
  const wraps = Math.floor(unwrappedMs / wrapMs);
  // Tracks cross the border one after the other, back and forth; it is told once.
  const wrapped = wraps > clock.wraps;
  return { clock: { rawMs, unwrappedMs, wraps: Math.max(wraps, clock.wraps) }, wrapped };
}
