import type { RenditionTimeline, Segment } from '../model/timeline.ts';

/** What a segment list tells of a segment. */
export type ListedSegment = Omit<Segment, 'parts' | 'keyframeBytes'>;

/** The complete segments of a rendition with their exact times and sizes: `/b/<broadcast>/<rendition>/segments.json`. */
export interface SegmentList {
  readonly timescale: number;
  /** It begins with the broadcast's first segment. */
  readonly whole: boolean;
  /** Nothing follows. */
  readonly ended: boolean;
  /** Oldest first, consecutive msn. */
  readonly segments: readonly ListedSegment[];
}

/** A segment as it is written: a long broadcast has tens of thousands. */
type Row = readonly [
  msn: number,
  startTicks: number,
  durationTicks: number,
  sizeBytes: number,
  initNumber: number,
  programDateTimeMs: number,
  flags: number,
];

const discontinuityFlag = 1;
const gapFlag = 2;

/** The list of a timeline as JSON; the segment in the making is not in it. */
export function writeSegmentList({ timescale, whole, ended, segments }: RenditionTimeline): string {
  const rows = segments.map((one): Row => {
    const flags = (one.discontinuity ? discontinuityFlag : 0) + (one.gap ? gapFlag : 0);
    const { msn, startTicks, durationTicks, sizeBytes, initNumber, programDateTimeMs } = one;
    return [msn, startTicks, durationTicks, sizeBytes, initNumber, programDateTimeMs, flags];
  });
  return JSON.stringify({ timescale, whole, ended, segments: rows });
}

/** Reads what {@link writeSegmentList} wrote. */
export function readSegmentList(text: string): SegmentList {
  const { timescale, whole, ended, segments } = JSON.parse(text) as Omit<SegmentList, 'segments'> & {
    readonly segments: readonly Row[];
  };
  const read = segments.map((row): ListedSegment => {
    const [msn, startTicks, durationTicks, sizeBytes, initNumber, programDateTimeMs, flags] = row;
    const discontinuity = (flags & discontinuityFlag) !== 0;
    const gap = (flags & gapFlag) !== 0;
    return { msn, startTicks, durationTicks, sizeBytes, initNumber, programDateTimeMs, discontinuity, gap };
  });
  return { timescale, whole, ended, segments: read };
}
