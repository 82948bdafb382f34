import { looksLikeBoxes } from './boxes.ts';
import type { MediaFacts } from './facts.ts';
import { readFragments } from './fragments.ts';
import { leadTrack, type Track } from './init-segment.ts';
import { looksLikeTransportStream, readTransportStream } from './transport-stream.ts';

/** Reads a segment or part; null where its format is not known here, or its init segment is missing. */
export function readMedia(bytes: Buffer, tracks: readonly Track[] | null): MediaFacts | null {
  try {
    if (looksLikeBoxes(bytes)) {
      const lead = leadTrack(tracks ?? []);
      return lead ? readFragments(bytes, lead) : null;
    }
    return looksLikeTransportStream(bytes) ? readTransportStream(bytes) : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // a box that ends before its fields do
    throw error;
  }
}
