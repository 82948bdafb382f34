import { probeLimits } from '#shared/limits/ingest.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import type { FlvTag } from './flv.ts';
import { describeAudio, describeVideo } from './source-description.ts';
import { noMetadata, parseMetadata, type SourceMetadata } from './source-metadata.ts';
import { isTrackKnown, probeTrack, type TrackProbe } from './track-probe.ts';

/** What was seen of a source before its encoder starts: a reducer over sanitised tags. */
export interface ProbeState {
  readonly video: TrackProbe | null;
  readonly audio: TrackProbe | null;
  readonly metadata: SourceMetadata;
  readonly sizeBytes: number;
  /** Media time and arrival of what came, ms; null before the first tag that was not script. */
  readonly media: Span | null;
  readonly arrival: Span | null;
  readonly anchorMs: number;
}

interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Nothing seen yet. */
export function createProbe(): ProbeState {
  return {
    video: null,
    audio: null,
    metadata: noMetadata,
    sizeBytes: 0,
    media: null,
    arrival: null,
    anchorMs: Number.POSITIVE_INFINITY,
  };
}

/** The state after one more tag. A tag without a finite arrival time tells its content and not the time. */
export function probeTag(state: ProbeState, tag: FlvTag): ProbeState {
  const { type, timestampMs, arrivalMs, body } = tag;
  if (type === 'script') return { ...state, metadata: parseMetadata(body) ?? state.metadata };
  const track = probeTrack(state[type], type, timestampMs, body);
  const seen = { ...state, [type]: track, sizeBytes: state.sizeBytes + body.length };
  if (!Number.isFinite(arrivalMs)) return seen;
  return {
    ...seen,
    media: extend(state.media, timestampMs),
    arrival: extend(state.arrival, arrivalMs),
    anchorMs: Math.min(state.anchorMs, arrivalMs - timestampMs),
  };
}

/** Whether enough was seen to choose a ladder, by media time or by the clock on the wall, whichever is further. */
export function probeVerdict(state: ProbeState): 'wait' | 'ready' {
  if (state.sizeBytes > probeLimits.bufferedBytesMax) return 'ready';
  const elapsedMs = Math.max(lengthMs(state.media), lengthMs(state.arrival));
  if (elapsedMs >= probeLimits.keyframeWaitMsMax) return 'ready';
  const hasVideo = isTrackKnown(state.video);
  const hasAudio = isTrackKnown(state.audio);
  if (!hasVideo && !hasAudio) return 'wait';
  if (!(hasVideo && hasAudio) && elapsedMs < probeLimits.trackWaitMsMax) return 'wait';
  return !hasVideo || (state.video?.keyframes ?? 0) >= 2 ? 'ready' : 'wait';
}

/** The source as the ladder, the API and the pages know it. A track whose configuration never came is null. */
export function describeSource(state: ProbeState): SourceDescription {
  const { video, audio, metadata } = state;
  return {
    video: isTrackKnown(video) ? describeVideo(video, metadata) : null,
    audio: isTrackKnown(audio) ? describeAudio(audio) : null,
    encoder: metadata.encoder,
  };
}

/** Wall-clock time of media time 0, ms: the tag that came with the least delay tells. Infinity before the first tag. */
export function anchorMs(state: ProbeState): number {
  return state.anchorMs;
}

function extend(span: Span | null, atMs: number): Span {
  if (span === null) return { firstMs: atMs, lastMs: atMs };
  return { firstMs: Math.min(span.firstMs, atMs), lastMs: Math.max(span.lastMs, atMs) };
}

function lengthMs(span: Span | null): number {
  return span === null ? 0 : span.lastMs - span.firstMs;
}
