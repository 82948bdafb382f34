import type { ListedSegment } from '#shared/wire/segment-list.ts';

/** A rendition's segments of a range. */
export interface LaidTrack {
  readonly rendition: string;
  readonly timescale: number;
  /** Consecutive msn; those of all tracks begin and end with the same ones. */
  readonly segments: readonly ListedSegment[];
}

/** A segment's place in the file. */
export interface Piece {
  /** Index of its track. */
  readonly track: number;
  readonly segment: ListedSegment;
  /** Taken from its times, ticks. */
  readonly shiftTicks: number;
  readonly sequence: number;
  /** Its samples from here on lie past the end, ticks of its own time; null: it is wanted whole. */
  readonly untilTicks: number | null;
}

/** A range as one file. */
export interface Layout {
  /** In the order of the file: by time, pictures before the sound of the same segment. */
  readonly pieces: readonly Piece[];
  readonly durationMs: number;
}

/** The exact bounds inside of the first track's first and last segment, seconds from their beginning. */
export interface LayoutBounds {
  readonly startS: number;
  readonly endS: number;
  /** How long the file spends on pictures that only serve decoding, before its start. */
  readonly leadS: number;
}

/** Numbers of fragments are kept free for each segment: how many it has is only seen when it is read. */
const fragmentsPerSegment = 1_024;

/**
 * Lays segments one behind the other. Time goes on over breaks: what follows one begins where the longest track before it
 * ends, all tracks moved alike. Spans without media stay as long as they were.
 */
export function layOut(tracks: readonly LaidTrack[], { startS, endS, leadS }: LayoutBounds): Layout {
  const [main] = tracks;
  const lastIndex = (main?.segments.length ?? 0) - 1;
  const startSourceS = main ? startOf(main, 0) + startS : 0;
  const endSourceS = main ? startOf(main, lastIndex) + endS : 0;
  const stretches = stretchesOf(tracks, startSourceS - leadS);
  const durationMs = Math.round(1_000 * (endSourceS - (stretches.at(-1)?.shiftS ?? 0)));
  const pieces: Piece[] = [];
  for (const { from, to, shiftS } of stretches) {
    for (let i = from; i < to; i++) {
      for (const [track, { timescale, segments }] of tracks.entries()) {
        const segment = segments[i];
        if (!segment || segment.gap) continue;
        // Rounded down for all tracks: what moves a tick less overlaps nothing before it.
        const shiftTicks = Math.floor(shiftS * timescale + 1e-6);
        const untilTicks = i === lastIndex ? Math.round(endSourceS * timescale) : null;
        const sequence = 1 + pieces.length * fragmentsPerSegment;
        pieces.push({ track, segment, shiftTicks, sequence, untilTicks });
      }
    }
  }
  return { pieces, durationMs };
}

/** Segments, by index, between two breaks. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Source time that is taken off, seconds. */
  readonly shiftS: number;
}

/** @param firstShiftS what is taken off before the first break */
function stretchesOf(tracks: readonly LaidTrack[], firstShiftS: number): readonly Stretch[] {
  const length = Math.max(0, ...tracks.map(({ segments }) => segments.length));
  const begins = [0];
  for (let i = 1; i < length; i++) {
    if (tracks.some(({ segments }) => segments[i]?.discontinuity)) begins.push(i);
  }
  const stretches: Stretch[] = [];
  let fileEndS = 0;
  for (const [n, from] of begins.entries()) {
    const to = begins[n + 1] ?? length;
    const there = tracks.filter(({ segments }) => segments[from]);
    const sourceStartS = Math.min(...there.map((track) => startOf(track, from)));
    const sourceEndS = Math.max(...there.map((track) => endOf(track, to - 1)));
    const shiftS = n === 0 ? firstShiftS : sourceStartS - fileEndS;
    stretches.push({ from, to, shiftS });
    fileEndS = Math.ceil(1_000 * (sourceEndS - shiftS) - 1e-6) / 1_000;
  }
  return stretches;
}

function startOf({ segments, timescale }: LaidTrack, index: number): number {
  return (segments[index]?.startTicks ?? 0) / timescale;
}

function endOf({ segments, timescale }: LaidTrack, index: number): number {
  const segment = segments[Math.min(index, segments.length - 1)];
  return segment ? (segment.startTicks + segment.durationTicks) / timescale : 0;
}
