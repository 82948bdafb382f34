import type { OpenSegment, Part, RenditionTimeline, Segment } from '#shared/model/timeline.ts';

/** What the next segment begins with. */
export type SegmentStart = Omit<OpenSegment, 'msn' | 'parts'>;

/** Opens the next segment. */
export function openSegment(timeline: RenditionTimeline, start: SegmentStart): RenditionTimeline {
  if (timeline.open) throw new Error(`segment ${timeline.open.msn} is still open`);
  return { ...timeline, open: { ...start, msn: timeline.nextMsn, parts: [] }, nextMsn: timeline.nextMsn + 1 };
}

/** Adds a part to the open segment. */
export function appendPart(timeline: RenditionTimeline, part: Part): RenditionTimeline {
  if (!timeline.open) throw new Error('no segment is open');
  return { ...timeline, open: { ...timeline.open, parts: [...timeline.open.parts, part] } };
}

/** Says what the open segment is going to last; said once, so that manifests do not change their minds. */
export function promiseDuration(timeline: RenditionTimeline, promisedTicks: number): RenditionTimeline {
  const { open } = timeline;
  return open && open.promisedTicks === undefined ? { ...timeline, open: { ...open, promisedTicks } } : timeline;
}

/** Completes the open segment; a segment without parts becomes a gap of the given length. */
export function closeSegment(timeline: RenditionTimeline, gapTicks = 0): RenditionTimeline {
  const { open } = timeline;
  if (!open) return timeline;
  const gap = open.parts.length === 0;
  const durationTicks = gap ? gapTicks : sum(open.parts, (part) => part.durationTicks);
  const sizeBytes = sum(open.parts, (part) => part.sizeBytes);
  const { promisedTicks, ...made } = open;
  const isBroken = promisedTicks !== undefined && promisedTicks !== durationTicks;
  const closed = { ...made, durationTicks, ...(isBroken ? { promisedTicks } : {}), sizeBytes, gap };
  return { ...timeline, segments: [...timeline.segments, closed], open: null };
}

/** Forgets the parts of the segment that is `keepParts` before the newest: nobody asks for them any more. */
export function forgetParts(timeline: RenditionTimeline, keepParts: number): RenditionTimeline {
  const at = timeline.segments.length - 1 - keepParts;
  const old = timeline.segments[at];
  if (!old || old.parts.length === 0) return timeline;
  return { ...timeline, segments: timeline.segments.with(at, { ...old, parts: [] }) };
}

/** Drops all segments before `firstMsn`; counts the discontinuities that leave with them (rfc8216bis 6.2.2). */
export function trimTimeline(timeline: RenditionTimeline, firstMsn: number): RenditionTimeline {
  const kept = timeline.segments.filter((segment) => segment.msn >= firstMsn);
  const gone = timeline.segments.slice(0, timeline.segments.length - kept.length);
  if (gone.length === 0) return timeline;
  const discontinuities = gone.filter((segment) => segment.discontinuity).length;
  const discontinuitySequence = timeline.discontinuitySequence + discontinuities;
  return { ...timeline, segments: kept, discontinuitySequence, whole: false };
}

/** Ends the timeline: nothing is added afterwards. */
export function endTimeline(timeline: RenditionTimeline): RenditionTimeline {
  return { ...closeSegment(timeline), ended: true };
}

/** The segment of a media sequence number, if it is complete and in the window. */
export function segmentAt(timeline: RenditionTimeline, msn: number): Segment | null {
  const first = timeline.segments[0];
  return first ? (timeline.segments[msn - first.msn] ?? null) : null;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
