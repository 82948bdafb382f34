/**
 * Beside a segment that the origin sends while it is being made: the body has no announced length and ends when the
 * segment is complete, so the edge must pass it on chunk by chunk. A body that breaks off is no segment.
 */
export const liveSegmentHeader = 'headwater-live';

/** The header's one value. */
export const liveSegment = '1';
