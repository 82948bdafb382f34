import type { Segment } from './timeline.ts';

type RecordedSegment = Omit<Segment, 'parts'>;

/**
 * Segments of one rendition that follow each other, as a record keeps them once they are old: a tenth of their lines. Columns
 * have an item for each segment. What is in front of them is in this order, so that it can be read without the rest.
 */
export interface SegmentBlock {
  readonly kind: 'segments';
  readonly rendition: string;
  /** Of the first one; the others have the numbers after it. */
  readonly msn: number;
  readonly count: number;
  /** Whether the first one begins after a break; the others do not. */
  readonly discontinuity: boolean;
  readonly initNumber: number;
  readonly startTicks: number;
  readonly programDateTimeMs: number;
  readonly durationsTicks: readonly number[];
  /** 0: a gap. */
  readonly sizesBytes: readonly number[];
  readonly keyframesBytes: readonly number[];
  /** From where the one before ends to where each begins. Absent: they follow each other to the tick. */
  readonly pausesTicks?: readonly number[];
  /** From the wall-clock time of the one before to that of each, ms; the first one is 0. */
  readonly stepsMs: readonly number[];
}

/** What the front of a block's line tells. */
export interface BlockHead {
  readonly rendition: string;
  readonly msn: number;
  readonly count: number;
  readonly discontinuity: boolean;
}

const headPattern =
  /^\{"kind":"segments","rendition":"([^"]+)","msn":(\d+),"count":(\d+),"discontinuity":(true|false),/;

/** What a line of a record says of its block without being read whole; null: it is no block. */
export function blockHead(line: string): BlockHead | null {
  const [, rendition, msn, count, discontinuity] = headPattern.exec(line) ?? [];
  if (rendition === undefined) return null;
  return { rendition, msn: Number(msn), count: Number(count), discontinuity: discontinuity === 'true' };
}

/** Whether a segment can be told by a block at all. */
export function fitsBlock({ gap, sizeBytes, promisedTicks }: RecordedSegment): boolean {
  return promisedTicks === undefined && gap === (sizeBytes === 0);
}

/** Whether a segment can stand behind another one in a block. */
export function continuesBlock(last: RecordedSegment, segment: RecordedSegment): boolean {
  return segment.msn === last.msn + 1 && segment.initNumber === last.initNumber && !segment.discontinuity;
}

/** A block of segments of which each {@link continuesBlock} the one before. */
export function packBlock(rendition: string, segments: readonly [RecordedSegment, ...RecordedSegment[]]): SegmentBlock {
  const [{ msn, discontinuity, initNumber, startTicks, programDateTimeMs }] = segments;
  const before = (index: number) => segments[Math.max(0, index - 1)] as RecordedSegment;
  const pausesTicks = segments.map((segment, index) => {
    return index === 0 ? 0 : segment.startTicks - before(index).startTicks - before(index).durationTicks;
  });
  return {
    kind: 'segments',
    ...{ rendition, msn, count: segments.length, discontinuity, initNumber, startTicks, programDateTimeMs },
    durationsTicks: segments.map((one) => one.durationTicks),
    sizesBytes: segments.map((one) => one.sizeBytes),
    keyframesBytes: segments.map((one) => one.keyframeBytes),
    ...(pausesTicks.some((ticks) => ticks !== 0) && { pausesTicks }),
    stepsMs: segments.map((one, index) => one.programDateTimeMs - before(index).programDateTimeMs),
  };
}

/** The segments of a block, one after the other. */
export function* unpackBlock(block: SegmentBlock): Generator<RecordedSegment> {
  let { startTicks, programDateTimeMs } = block;
  for (let index = 0; index < block.count; index++) {
    const durationTicks = block.durationsTicks[index] ?? 0;
    const sizeBytes = block.sizesBytes[index] ?? 0;
    startTicks += block.pausesTicks?.[index] ?? 0;
    programDateTimeMs += block.stepsMs[index] ?? 0;
    yield {
      msn: block.msn + index,
      startTicks,
      durationTicks,
      sizeBytes,
      discontinuity: block.discontinuity && index === 0,
      initNumber: block.initNumber,
      programDateTimeMs,
      keyframeBytes: block.keyframesBytes[index] ?? 0,
      gap: sizeBytes === 0,
    };
    startTicks += durationTicks;
  }
}
