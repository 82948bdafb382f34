import { fillLimits } from '#shared/limits/ingest.ts';
import { packagerLimits } from '#shared/limits/packager.ts';
import { isFrame, isKeyframe } from './flv-body.ts';
import { type BlankFrame, silentMp3Frame } from './silence.ts';

/**
 * Keeps the tracks of a source together: where one falls silent while the other goes on, its place is filled, sound
 * with silence and the picture with its last keyframe. A reducer over sanitised tags in the order in which they came.
 */

export interface FillTag {
  readonly type: 'audio' | 'video';
  /** ms, never back within a track */
  readonly timestampMs: number;
  readonly body: Buffer;
}

export interface FillState {
  /** Time of the first frame of either track, ms: where a track that has sent nothing yet is missing from. */
  readonly sinceMs: number | null;
  readonly audio: TrackFill;
  readonly video: TrackFill;
}

interface TrackFill {
  /** What stands in for a missing frame; null: the track cannot be filled. */
  readonly blank: BlankFrame | null;
  /** Where the track's media ends so far, ms, a picture lasting as long as one that stands still; null before the first. */
  readonly endMs: number | null;
  /** Since when it is written in place of the publisher's own, ms; null: it is not. */
  readonly missingSinceMs: number | null;
  readonly told: boolean;
}

export interface Filled<Tag extends FillTag> {
  readonly state: FillState;
  /** Frames to put before the tag. */
  readonly before: readonly FillTag[];
  /** The tag, or null when its place is taken. */
  readonly tag: Tag | null;
  /** A track that has been missing for a moment while the other came, or is back: a hole in both is told of neither. */
  readonly change: { readonly track: 'audio' | 'video'; readonly missing: boolean } | null;
}

const none: TrackFill = Object.freeze({ blank: null, endMs: null, missingSinceMs: null, told: false });
const nothing: readonly FillTag[] = Object.freeze([]);
/** Rounding of a millisecond clock, and the width of a frame of silence: sound may begin inside one. */
const overlapMsMax = 24;
/** How long each copy of a picture that stands still lasts: no part may be longer. */
const stillMs = packagerLimits.partTargetMs;

/** Before the first tag. */
export function createFill(): FillState {
  return { sinceMs: null, audio: none, video: none };
}

/** From here on missing sound is filled with this; null: it is left missing. */
export function fillSoundWith(state: FillState, blank: BlankFrame | null): FillState {
  return { ...state, audio: { ...state.audio, blank } };
}

/** The state after one more frame, and what goes into the encoder in its place. */
export function fillTag<Tag extends FillTag>(state: FillState, tag: Tag): Filled<Tag> {
  if (!isFrame(tag.type, tag.body)) return { state, before: nothing, tag, change: null };
  const sinceMs = state.sinceMs ?? tag.timestampMs;
  const own = takeOwn(state[tag.type], tag);
  const taken = { ...state, sinceMs, [tag.type]: own.track };
  const otherType = tag.type === 'audio' ? 'video' : 'audio';
  const other = fillUpTo(taken[otherType], otherType, sinceMs, tag.timestampMs);
  const next = { ...taken, [otherType]: other.track };
  const back = own.back && state[tag.type].told ? { track: tag.type, missing: false } : null;
  const gone = other.gone ? ({ track: otherType, missing: true } as const) : null;
  const before = own.back && tag.type === 'video' ? [...lastStill(state.video, tag), ...other.tags] : other.tags;
  return { state: next, before, tag: own.kept ? tag : null, change: gone ?? back };
}

/** The picture that leads up to the first that is back: no copy may last longer than the others. */
function lastStill({ blank, endMs }: TrackFill, { type, timestampMs }: FillTag): readonly FillTag[] {
  if (!blank || endMs === null || endMs >= timestampMs) return nothing;
  return [{ type, timestampMs: endMs, body: blank.body }];
}

function takeOwn(track: TrackFill, tag: FillTag) {
  const { type, timestampMs, body } = tag;
  const picture = type === 'video';
  const key = picture && isKeyframe(body);
  const missing = track.missingSinceMs !== null;
  // What follows a filled place refers to pictures that are not the last ones any more, until a keyframe comes.
  const early = track.endMs !== null && timestampMs < track.endMs - (picture ? stillMs - 1 : overlapMsMax);
  if (missing && (early || (picture && !key))) return { track, kept: false, back: false };
  const blank = key ? { body, durationMs: stillMs } : (track.blank ?? (picture ? null : silentMp3Frame(body)));
  const lastsMs = picture ? stillMs : (blank?.durationMs ?? 0);
  const own = { blank, endMs: timestampMs + lastsMs, missingSinceMs: null, told: false };
  return { track: own, kept: true, back: missing };
}

/** Fills a track that lies too far behind `nowMs`, almost up to there. */
function fillUpTo(track: TrackFill, type: 'audio' | 'video', sinceMs: number, nowMs: number) {
  const { blank, missingSinceMs, told } = track;
  const endMs = track.endMs ?? sinceMs;
  // A picture goes on at its next keyframe, sound wherever it comes back: late by a little it still finds its place.
  const behindMs = type === 'audio' ? fillLimits.soundBehindMs : 0;
  const afterMs = type === 'audio' ? fillLimits.soundAfterMs : fillLimits.pictureAfterMs;
  const gone = !told && missingSinceMs !== null && nowMs - missingSinceMs >= fillLimits.tellAfterMs;
  if (!blank || nowMs - endMs <= (missingSinceMs === null ? afterMs : behindMs))
    return { track: gone ? { ...track, told: true } : track, tags: nothing, gone };
  const tags: FillTag[] = [];
  // Where a hole is wider than can be filled at once, its end is.
  let atMs = Math.max(endMs, nowMs - fillLimits.framesMax * blank.durationMs);
  for (; atMs + blank.durationMs <= nowMs - behindMs; atMs += blank.durationMs) {
    tags.push({ type, timestampMs: Math.round(atMs), body: blank.body });
  }
  const filled = { blank, endMs: atMs, missingSinceMs: missingSinceMs ?? nowMs, told: told || gone };
  return { track: filled, tags, gone };
}
