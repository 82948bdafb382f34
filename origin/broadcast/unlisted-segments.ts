import { recordLimits } from '#shared/limits/store.ts';
import { initFile, segmentFile } from '#shared/model/object-name.ts';
import { type RecordEntry, segmentEntry, type TrackRecord } from '#shared/model/record.ts';
import { mediaOffsetS, type RenditionTimeline, type Segment } from '#shared/model/timeline.ts';
import { TrackReader } from '../packager/track-reader.ts';

type Get = (rendition: string, file: string) => Promise<Buffer | null>;

/** An encoder run of a rendition. */
export interface KnownRun {
  readonly number: number;
  /** Its first segment has this number. */
  readonly fromMsn: number;
  /** Nothing was announced before it. */
  readonly isFirst: boolean;
  /** Wall-clock time of media time zero, ms; null where the record does not say. */
  readonly anchorMs: number | null;
}

export interface Unlisted {
  readonly track: TrackRecord;
  /** Numbers of all segments in the bucket. */
  readonly msns: readonly number[];
  /** In order; none where there may be others. */
  readonly runs: readonly KnownRun[];
  readonly get: Get;
}

/**
 * What the segments of a rendition are that reached the bucket and not its record, read from their media; those that
 * cannot be read, or are of an encoder run that the record does not know, are gaps: their numbers are not used again.
 */
export async function readUnlisted({ track, msns, runs, get }: Unlisted): Promise<RecordEntry[]> {
  const { rendition, timeline } = track;
  const { name } = rendition;
  const unlisted = msns.filter((msn) => msn >= timeline.nextMsn).sort((a, b) => a - b);
  const newest = unlisted.at(-1);
  if (newest === undefined) return [];
  const found: Segment[] = [];
  let last = timeline.segments.findLast(({ gap }) => !gap) ?? timeline.segments.at(-1) ?? null;
  const inits = new Map<number, Buffer | null>();
  for (const msn of unlisted.slice(0, recordLimits.unlistedSegmentsMax)) {
    const run = runs.findLast(({ fromMsn }) => fromMsn <= msn);
    if (!run) continue;
    const init = inits.get(run.number) ?? (await get(name, initFile(run.number)));
    inits.set(run.number, init);
    const bytes = init && (await get(name, segmentFile(msn)));
    const segment: Segment | null = init && bytes && readSegment(timeline, { last, msn, run }, [init, bytes]);
    if (!segment) continue;
    found.push(segment);
    last = segment;
  }
  if (last && last.msn < newest) found.push(gapAt(timeline, last, newest));
  return found.map((segment) => segmentEntry(name, segment));
}

interface Place {
  readonly last: Segment | null;
  readonly msn: number;
  readonly run: KnownRun;
}

/** Null when it is damaged, does not follow the one before it, or nothing says when it was. */
function readSegment(
  { timescale, partTargetS }: RenditionTimeline,
  { last, msn, run }: Place,
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
  if (made.sizeBytes !== media.at(-1)?.length) return null;
  if (last && made.startTicks < last.startTicks + last.durationTicks - timescale / 1000) return null;
  const atMs = wallClockMs(made.startTicks, timescale, last, run);
  if (atMs === null) return null;
  const discontinuity = msn === run.fromMsn && !run.isFirst;
  const programDateTimeMs = Math.round(atMs);
  return { ...made, msn, programDateTimeMs, initNumber: run.number, discontinuity, parts: [], gap: false };
}

function wallClockMs(startTicks: number, timescale: number, last: Segment | null, run: KnownRun): number | null {
  if (run.anchorMs !== null) return run.anchorMs + (startTicks / timescale - mediaOffsetS) * 1000;
  return last && last.programDateTimeMs + ((startTicks - last.startTicks) / timescale) * 1000;
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
