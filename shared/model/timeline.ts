/**
 * The timeline of one rendition: what a manifest is a function of.
 * Times are integer ticks of the rendition's own timescale; wall-clock times are ms since the Unix epoch.
 */

/** Media time zero of every track, seconds, as the encoder writes it: leaves room for audio priming before the first frame. */
export const mediaOffsetS = 10;

/** LL-HLS partial segment: one moof + mdat (rfc8216bis 4.4.4.9). */
export interface Part {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  /** Begins with a sample that can be decoded alone. */
  readonly independent: boolean;
}

export interface Segment {
  /** Media sequence number; also the name of the object. */
  readonly msn: number;
  /** Media time of the first sample, in ticks, as written in the tfdt box. */
  readonly startTicks: number;
  readonly durationTicks: number;
  /** What low-latency MPDs said that it would last while it was made; absent where that came true. */
  readonly promisedTicks?: number;
  readonly sizeBytes: number;
  readonly parts: readonly Part[];
  /** First segment after a break in timestamps or encoding (EXT-X-DISCONTINUITY before it). */
  readonly discontinuity: boolean;
  /** Number of the init segment that decodes it: `init-<n>.mp4`. */
  readonly initNumber: number;
  /** Wall-clock time of the first sample, ms. */
  readonly programDateTimeMs: number;
  /** From the segment's first byte to the end of its first sample; 0 when that cannot be decoded alone. */
  readonly keyframeBytes: number;
  /** Nothing to fetch here: the rendition lost this span (EXT-X-GAP). */
  readonly gap: boolean;
}

/** The segment in the making: announced part by part. */
export type OpenSegment = Omit<Segment, 'gap' | 'sizeBytes' | 'durationTicks'>;

/** A snapshot of one rendition's live window. */
export interface RenditionTimeline {
  readonly timescale: number;
  /** Whole seconds; constant for the life of the broadcast (EXT-X-TARGETDURATION). */
  readonly targetDurationS: number;
  /** Upper bound of every part's duration, seconds (EXT-X-PART-INF). */
  readonly partTargetS: number;
  /** Complete segments, oldest first, consecutive msn. */
  readonly segments: readonly Segment[];
  readonly open: OpenSegment | null;
  /** msn that comes next when there is no open segment. */
  readonly nextMsn: number;
  /** Discontinuities that have left the window (EXT-X-DISCONTINUITY-SEQUENCE). */
  readonly discontinuitySequence: number;
  readonly ended: boolean;
  /** Whether the window starts at the broadcast's first segment. */
  readonly whole: boolean;
}

/** Where a rendition's live edge is: the last listed msn and, if that segment is open, its last part. */
export interface LiveEdge {
  readonly msn: number;
  /** Index of the last listed part of `msn`, or null when `msn` is a complete segment without listed parts. */
  readonly part: number | null;
  /** True when segment `msn` is complete. */
  readonly complete: boolean;
}

/** The live edge of a timeline, or null while nothing is listed. */
export function liveEdge(timeline: RenditionTimeline): LiveEdge | null {
  const { open, segments } = timeline;
  if (open && open.parts.length > 0) return { msn: open.msn, part: open.parts.length - 1, complete: false };
  const last = segments.at(-1);
  if (!last) return null;
  return { msn: last.msn, part: last.parts.length > 0 ? last.parts.length - 1 : null, complete: true };
}

/** What never changes about a rendition's timeline. */
export interface TimelineShape {
  readonly timescale: number;
  readonly targetDurationS: number;
  readonly partTargetS: number;
}

/** Where a rendition begins that was not there from the start: at the numbers that the others have reached. */
export interface TimelineStart {
  readonly nextMsn: number;
  readonly discontinuitySequence: number;
}

/** A timeline with nothing in it yet. */
export function emptyTimeline(shape: TimelineShape, start: TimelineStart): RenditionTimeline {
  return { ...shape, ...start, segments: [], open: null, ended: false, whole: start.nextMsn === 0 };
}

/** Adds complete segments that follow what is there. */
export function appendSegments(timeline: RenditionTimeline, segments: readonly Segment[]): RenditionTimeline {
  const nextMsn = timeline.nextMsn + segments.length;
  return { ...timeline, segments: [...timeline.segments, ...segments], nextMsn };
}
