import { recordLimits } from '#shared/limits/store.ts';
import { initFile, segmentFile } from '#shared/model/object-name.ts';
import { type RecordEntry, segmentEntry, type TrackRecord } from '#shared/model/record.ts';
import type { RenditionTimeline, Segment } from '#shared/model/timeline.ts';
import { TrackReader } from '../packager/track-reader.ts';

type Get = (rendition: string, file: string) => Promise<Buffer | null>;

/**
 * What the segments of a rendition are that reached the bucket and not its record, read from their media; those that
 * cannot be read, or are of an encoder run that the record does not know, are gaps: their numbers are not used again.
 * @param msns of all segments in the bucket
 * @param lastRun number of the newest init segment in the bucket
 */
export async function readUnlisted(
  { rendition, timeline }: TrackRecord,
  msns: readonly number[],
  lastRun: number,
  get: Get,
): Promise<RecordEntry[]> {
  const unlisted = msns.filter((msn) => msn >= timeline.nextMsn).sort((a, b) => a - b);
  const found: Segment[] = [];
  const listed = timeline.segments.findLast(({ gap }) => !gap) ?? timeline.segments.at(-1);
  const newest = unlisted.at(-1);
  if (newest === undefined || !listed) return [];
  let last: Segment = listed;
  const { name } = rendition;
  const init = last.initNumber === lastRun ? await get(name, initFile(lastRun)) : null;
  for (const msn of init ? unlisted.slice(0, recordLimits.unlistedSegmentsMax) : []) {
    const bytes = await get(name, segmentFile(msn));
    const segment: Segment | null = init && bytes && readSegment(timeline, last, msn, [init, bytes]);
    if (!segment) break;
    found.push(segment);
    last = segment;
  }
  if (last.msn < newest) found.push(gapAt(timeline, last, newest));
  return found.map((segment) => segmentEntry(name, segment));
}

/** Null when it is damaged, or does not follow the one before it. */
function readSegment(
  { timescale, partTargetS }: RenditionTimeline,
  last: Segment,
  msn: number,
  media: readonly Buffer[],
): Segment | null {
  const made = { startTicks: -1, durationTicks: 0, keyframeBytes: 0, sizeBytes: 0 };
  const reader = new TrackReader({
    onInit: () => {},
    onChunk: ({ startTicks, durationTicks, independent, restBytes }, bytes) => {
      if (made.startTicks < 0) {
        made.startTicks = startTicks;
        made.keyframeBytes = independent ? bytes.length - restBytes : 0;
      }
      made.durationTicks += Math.min(durationTicks, Math.floor(partTargetS * timescale));
      made.sizeBytes += bytes.length;
    },
  });
  try {
    for (const bytes of media) reader.push(bytes);
  } catch {
    return null;
  }
  const lastEndTicks = last.startTicks + last.durationTicks;
  if (made.sizeBytes !== media.at(-1)?.length || made.startTicks < lastEndTicks - timescale / 1000) return null;
  const sinceLastMs = ((made.startTicks - last.startTicks) / timescale) * 1000;
  const programDateTimeMs = Math.round(last.programDateTimeMs + sinceLastMs);
  return { ...made, msn, programDateTimeMs, initNumber: last.initNumber, discontinuity: false, parts: [], gap: false };
}

/** The number is taken. */
function gapAt({ timescale, targetDurationS }: RenditionTimeline, last: Segment, msn: number): Segment {
  const durationTicks = targetDurationS * timescale;
  const between = msn - last.msn - 1;
  const startTicks = last.startTicks + last.durationTicks + between * durationTicks;
  const programDateTimeMs = Math.round(last.programDateTimeMs + ((startTicks - last.startTicks) / timescale) * 1000);
  const none = { sizeBytes: 0, keyframeBytes: 0, parts: [], discontinuity: false, gap: true } as const;
  return { ...none, msn, startTicks, durationTicks, programDateTimeMs, initNumber: last.initNumber };
}
