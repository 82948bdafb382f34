import type { ListedSegment, SegmentList } from '#shared/wire/segment-list.ts';
import { readSamples, type Sample, writeFragment } from './mp4-fragment.ts';
import { writeMp4Header } from './mp4-header.ts';
import { type LaidTrack, layOut, type Piece } from './mp4-layout.ts';
import { cutTail, leadOf, placeLead, placeSound } from './mp4-lead.ts';
import { placeSegment } from './mp4-segment.ts';
import type { PlacedRange } from './place-range.ts';

/** A rendition that goes into a file. */
export interface FileTrack extends LaidTrack {
  readonly kind: 'video' | 'audio';
  /** The one init segment that decodes all of it. */
  readonly init: Uint8Array;
}

/** Bytes of the file in its order: what had to be read to know the length, or a segment that is read when its turn comes. */
export type FilePiece =
  | { readonly sizeBytes: number; readonly bytes: Uint8Array }
  | {
      readonly sizeBytes: number;
      readonly bytes: null;
      readonly rendition: string;
      readonly msn: number;
      /** Changes the segment's bytes in place; throws BoxError. */
      readonly place: (bytes: Uint8Array) => void;
    };

/** A range of a broadcast as one MP4 file: its bytes follow from what it is made of, so each part of it can be made alone. */
export interface Mp4File {
  readonly pieces: readonly FilePiece[];
  readonly sizeBytes: number;
}

/** Makes the other tracks' segments those that belong to the first one's, by msn: what is missing is a gap. */
export function alignTrack(main: readonly ListedSegment[], mainTimescale: number, list: SegmentList): ListedSegment[] {
  const known = new Map(list.segments.map((one) => [one.msn, one]));
  return main.map((one) => {
    const scale = list.timescale / mainTimescale;
    const startTicks = Math.round(one.startTicks * scale);
    const durationTicks = Math.round(one.durationTicks * scale);
    return known.get(one.msn) ?? { ...one, startTicks, durationTicks, sizeBytes: 0, gap: true };
  });
}

/**
 * Plans the file. The first segment of each track is written anew, for the exact start; of all others only the size matters.
 * @param tracks the first one is what the range was placed on
 * @param firsts bytes of each track's first segment that is no gap
 * Throws BoxError.
 */
export function planFile(tracks: readonly FileTrack[], range: PlacedRange, firsts: readonly Uint8Array[]): Mp4File {
  const samples = firsts.map(readSamples);
  const [main] = tracks;
  const lead = main?.kind === 'video' ? leadIn(main, samples[0] ?? [], range) : 0;
  const leadS = main ? lead / main.timescale : 0;
  const layout = layOut(tracks, { startS: range.startOffsetS, endS: range.endInLastS, leadS });
  const inits = tracks.map(({ init }) => init);
  const pieces: FilePiece[] = [ready(writeMp4Header(inits, layout.durationMs))];
  const begun = new Set<number>();
  for (const piece of layout.pieces) {
    const { track, segment, sequence, shiftTicks, untilTicks } = piece;
    const { rendition = '', kind } = tracks[track] ?? {};
    const placement = { trackId: track + 1, sequence, shiftTicks, untilTicks };
    if (begun.has(track)) {
      const { msn, sizeBytes } = segment;
      pieces.push({ sizeBytes, bytes: null, rendition, msn, place: (bytes) => placeSegment(bytes, placement) });
      continue;
    }
    begun.add(track);
    const placed = placeFirst(piece, kind === 'video', samples[track] ?? [], lead);
    pieces.push(ready(writeFragment(firsts[track] ?? new Uint8Array(), placed, placement)));
  }
  return { pieces, sizeBytes: pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

function ready(bytes: Uint8Array): FilePiece {
  return { sizeBytes: bytes.byteLength, bytes };
}

/** Pictures before the start, where the first segment of all is there. */
function leadIn({ segments, timescale }: LaidTrack, samples: readonly Sample[], range: PlacedRange): number {
  const [first] = segments;
  return !first || first.gap ? 0 : leadOf(samples, first.startTicks + range.startOffsetS * timescale);
}

function placeFirst(piece: Piece, isVideo: boolean, samples: readonly Sample[], lead: number): readonly Sample[] {
  const kept = cutTail(samples, piece.untilTicks);
  return isVideo ? placeLead(kept, lead, piece.shiftTicks) : placeSound(kept, piece.shiftTicks);
}
