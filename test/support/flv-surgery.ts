import type { FlvTag } from '../../origin/ingest/flv.ts';
import { isFrame, isSequenceHeader } from '../../origin/ingest/flv-body.ts';

/** Cutting and joining the tags of FLV files whose first tag is at 0 and whose arrival is their own time. */

/** What one source contributes to another: its configurations at the beginning, and its frames until a time. */
export interface Piece {
  readonly tags: readonly FlvTag[];
  /** ms; to its end when not given */
  readonly untilMs?: number;
}

const isConfig = ({ type, body }: FlvTag) => isSequenceHeader(type, body);

/** One source after the other, each from where the one before ends on. */
export function splice(...pieces: readonly Piece[]): FlvTag[] {
  let fromMs = 0;
  return pieces.flatMap(({ tags, untilMs = Number.POSITIVE_INFINITY }) => {
    const startMs = fromMs;
    fromMs = untilMs;
    const within = ({ type, body, timestampMs }: FlvTag) =>
      isFrame(type, body) && timestampMs >= startMs && timestampMs < untilMs;
    return [...tags.filter(isConfig).map((tag) => at(tag, startMs)), ...tags.filter(within)];
  });
}

/** The first `periodMs` again and again, after one configuration, until a time, ms. */
export function repeated(tags: readonly FlvTag[], periodMs: number, untilMs: number): FlvTag[] {
  const frames = tags.filter(({ type, body, timestampMs }) => isFrame(type, body) && timestampMs < periodMs);
  const times = Math.ceil(untilMs / periodMs);
  const rounds = Array.from({ length: times }, (_, round) =>
    frames.map((tag) => at(tag, Math.round(tag.timestampMs + round * periodMs))),
  );
  return [...tags.filter(isConfig), ...rounds.flat()];
}

/** The tags of one kind. */
export function track(tags: readonly FlvTag[], type: 'audio' | 'video'): FlvTag[] {
  return tags.filter((tag) => tag.type === type);
}

/** Tracks together, in the order of their times. */
export function merge(...tracks: readonly (readonly FlvTag[])[]): FlvTag[] {
  return tracks.flat().toSorted((a, b) => a.timestampMs - b.timestampMs);
}

/** Without the frames of one track in a stretch of time, ms. */
export function without(tags: readonly FlvTag[], type: 'audio' | 'video', fromMs: number, untilMs: number): FlvTag[] {
  return tags.filter((tag) => {
    const inside = tag.timestampMs >= fromMs && tag.timestampMs < untilMs;
    return tag.type !== type || isConfig(tag) || !inside;
  });
}

/** From a time on, ms, the clock of the source says something else; 32 bits, as RTMP has it. Arrival stays. */
export function skewed(tags: readonly FlvTag[], fromMs: number, byMs: number): FlvTag[] {
  return tags.map((tag) =>
    tag.timestampMs < fromMs ? tag : { ...tag, timestampMs: (tag.timestampMs + byMs) % 2 ** 32 },
  );
}

function at(tag: FlvTag, timestampMs: number): FlvTag {
  return { ...tag, timestampMs, arrivalMs: timestampMs };
}
