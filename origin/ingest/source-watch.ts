import { packagerLimits } from '#shared/limits/packager.ts';
import { sortCaptions } from '#shared/model/caption-order.ts';
import type { CaptionChannel, SourceDescription } from '#shared/model/source.ts';
import { captionChannels } from './captions.ts';
import type { FlvTag } from './flv.ts';
import { compositionTimeMs, isKeyframe, isSequenceHeader, sequenceHeaderConfig } from './flv-body.ts';

/** What changed in a source after its ladder was chosen: a reducer over sanitised tags. */
export interface WatchState {
  /** Keyframe distance that was last told, ms. */
  readonly gopMs: number | null;
  readonly lastKeyframeMs: number | null;
  /** The absence of a keyframe was told. */
  readonly overdue: boolean;
  /** Caption channels that were described or told. */
  readonly captions: readonly CaptionChannel[];
  /** Time of the newest picture, ms, and how many of the last ones came much too late for the described rate. */
  readonly pictureMs: number | null;
  readonly stepMs: number | null;
  readonly lateShare: number;
  readonly video: TrackWatch;
  readonly audio: TrackWatch;
}

interface TrackWatch {
  readonly described: boolean;
  readonly config: Buffer | null;
}

export type WatchEvent =
  | { readonly kind: 'keyframe'; readonly ptsMs: number }
  /** Captions have begun in channels that had none: all channels so far, in order. */
  | { readonly kind: 'captions'; readonly channels: readonly CaptionChannel[] }
  /** Picture after picture comes much later than the described rate has it; told once. */
  | { readonly kind: 'unsteady' }
  | { readonly kind: 'config_changed'; readonly track: 'audio' | 'video' }
  /** The keyframe distance is another one, or has no end in sight: then it is the time without one so far. */
  | { readonly kind: 'gop'; readonly gopMs: number };

export interface Watched {
  readonly state: WatchState;
  readonly events: readonly WatchEvent[];
}

const gopToleranceShare = 0.1;
/** A picture this much later than described is late; this many more late ones than a quarter of all are unsteady. */
const lateFactor = 1.6;
const lateMax = 8;
const lateForgiven = 0.25;
const nothing: readonly WatchEvent[] = Object.freeze([]);

/** Watches a source that was described so. */
export function createWatch(source: SourceDescription): WatchState {
  return {
    gopMs: source.video?.gopMs ?? null,
    lastKeyframeMs: null,
    overdue: false,
    captions: source.video?.captions ?? [],
    pictureMs: null,
    stepMs: source.video && source.video.frameRate > 0 ? 1_000 / source.video.frameRate : null,
    lateShare: 0,
    video: { described: source.video !== null, config: null },
    audio: { described: source.audio !== null, config: null },
  };
}

/** The state after one more tag, and what it tells. */
export function watchTag(state: WatchState, tag: FlvTag): Watched {
  const { type, timestampMs, body } = tag;
  if (type === 'script') return { state, events: nothing };
  if (isSequenceHeader(type, body)) return watchConfig(state, type, sequenceHeaderConfig(type, body));
  if (type === 'audio') return { state, events: nothing };
  const rated = watchRate(state, timestampMs);
  const news = watchCaptions(rated.state, body);
  const timed = isKeyframe(body)
    ? watchKeyframe(news.state, timestampMs, timestampMs + compositionTimeMs(body))
    : watchDelay(news.state, timestampMs);
  const events = [...news.events, ...timed.events, ...rated.events];
  return events.length > 0 ? { state: timed.state, events } : timed;
}

/** The state after a hole or a repaired jump: an interval with one in it says nothing about the encoder. */
export function watchBreak(state: WatchState): WatchState {
  return { ...state, lastKeyframeMs: null, overdue: false, pictureMs: null };
}

function watchCaptions(state: WatchState, body: Buffer): Watched {
  const begun = captionChannels(body).filter((channel) => !state.captions.includes(channel));
  if (begun.length === 0) return { state, events: nothing };
  const channels = sortCaptions([...state.captions, ...begun]);
  return { state: { ...state, captions: channels }, events: [{ kind: 'captions', channels }] };
}

function watchRate(state: WatchState, timestampMs: number): Watched {
  const { pictureMs, stepMs, lateShare } = state;
  const next = { ...state, pictureMs: timestampMs };
  if (pictureMs === null || stepMs === null || lateShare >= lateMax) return { state: next, events: nothing };
  const late = timestampMs - pictureMs > lateFactor * stepMs;
  const share = late ? lateShare + 1 : Math.max(0, lateShare - lateForgiven);
  return { state: { ...next, lateShare: share }, events: share >= lateMax ? [{ kind: 'unsteady' }] : nothing };
}

/** The first configuration of a described track is what was described; of another track it is news. */
function watchConfig(state: WatchState, track: 'audio' | 'video', config: Buffer): Watched {
  const known = state[track];
  if (known.config?.equals(config)) return { state, events: nothing };
  const next = { ...state, [track]: { described: true, config: Buffer.from(config) } };
  if (known.config === null && known.described) return { state: next, events: nothing };
  return { state: next, events: [{ kind: 'config_changed', track }] };
}

function watchKeyframe(state: WatchState, timestampMs: number, ptsMs: number): Watched {
  const keyframe = { kind: 'keyframe', ptsMs } as const;
  const next = { ...state, lastKeyframeMs: timestampMs, overdue: false };
  if (state.lastKeyframeMs === null) return { state: next, events: [keyframe] };
  const gopMs = timestampMs - state.lastKeyframeMs;
  const same = state.gopMs !== null && Math.abs(gopMs - state.gopMs) <= gopToleranceShare * state.gopMs;
  if (same) return { state: next, events: [keyframe] };
  return { state: { ...next, gopMs }, events: [keyframe, { kind: 'gop', gopMs }] };
}

function watchDelay(state: WatchState, timestampMs: number): Watched {
  if (state.lastKeyframeMs === null || state.overdue) return { state, events: nothing };
  const gopMs = timestampMs - state.lastKeyframeMs;
  const expected = state.gopMs !== null && gopMs <= state.gopMs * (1 + gopToleranceShare);
  if (gopMs <= packagerLimits.passthroughGopMsMax || expected) return { state, events: nothing };
  return { state: { ...state, overdue: true }, events: [{ kind: 'gop', gopMs }] };
}
