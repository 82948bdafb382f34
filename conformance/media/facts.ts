/** What the bytes of a segment or part say about its lead track. */
export interface MediaFacts {
  readonly format: 'fmp4' | 'ts';
  readonly timescale: number;
  /** Decode time of its first sample. */
  readonly startTicks: number;
  /** Sum of sample durations; null where the format carries none (MPEG-TS). */
  readonly durationTicks: number | null;
  readonly samples: number;
  /** Longest sample: one frame. */
  readonly frameTicks: number;
  readonly emptySamples: number;
  readonly startsWithSync: boolean;
  /** A moof does not begin where the one before it ended; ticks. */
  readonly innerGapTicks: number;
  readonly isVideo: boolean;
}

/** Seconds of ticks. */
export function ticksS(ticks: number, facts: Pick<MediaFacts, 'timescale'>): number {
  return ticks / facts.timescale;
}
