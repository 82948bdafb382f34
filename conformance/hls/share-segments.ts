import type { MediaPlaylist, Segment } from './model.ts';

/** The same playlist with the unchanged segments of an earlier one, so that many versions cost little memory. */
export function shareSegments(earlier: MediaPlaylist | undefined, later: MediaPlaylist): MediaPlaylist {
  if (!earlier) return later;
  const known = new Map(earlier.segments.map((segment) => [segment.msn, segment]));
  const segments = later.segments.map((segment) => {
    const before = known.get(segment.msn);
    return before && before.line === segment.line && sameSegment(before, segment) ? before : segment;
  });
  return { ...later, segments };
}

function sameSegment(a: Segment, b: Segment): boolean {
  return a.uri === b.uri && a.parts.length === b.parts.length && JSON.stringify(a) === JSON.stringify(b);
}
