/** Something that an MPD says and should not. */
export interface Defect {
  readonly line: number;
  readonly text: string;
}

/** One segment that a representation lists. */
export interface DashSegment {
  readonly line: number;
  readonly number: number;
  /** Media time, in the template's timescale. */
  readonly startTicks: number;
  readonly durationTicks: number;
  readonly url: string;
  /** The timeline leaves a hole, or overlaps, before it: ticks. */
  readonly gapTicks: number;
}

/** A ProducerReferenceTime: a wall-clock time and the media time that belongs to it. */
export interface Producer {
  readonly line: number;
  /** Null where it cannot be read as a date. */
  readonly wallClockMs: number | null;
  readonly presentationTicks: number;
}

export interface Representation {
  readonly line: number;
  /** Unique in the presentation: period, adaptation set and representation. */
  readonly key: string;
  readonly id: string;
  readonly periodId: string;
  readonly periodStartS: number;
  /** Where the next period begins or the presentation ends; null while that is not known. */
  readonly periodEndS: number | null;
  readonly kind: 'video' | 'audio' | 'other';
  readonly attributes: ReadonlyMap<string, string>;
  readonly codecs: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly sampleRate: number | null;
  readonly bandwidth: number | null;
  readonly timescale: number;
  readonly presentationTimeOffsetTicks: number;
  readonly availabilityTimeOffsetS: number;
  /** Null where the MPD does not say. */
  readonly availabilityTimeComplete: boolean | null;
  /** Its ProducerReferenceTime elements, those of its adaptation set too. */
  readonly producers: readonly Producer[];
  readonly initUrl: string | null;
  /** As the timeline lists them; of a template with @duration those that the clock gives. */
  readonly segments: readonly DashSegment[];
  readonly hasTimeline: boolean;
  readonly startNumber: number;
  /** Builds the URL of a segment that is not listed; null without a template. */
  readonly urlFor: ((number: number, startTicks: number) => string) | null;
}

export interface UtcTiming {
  readonly line: number;
  readonly scheme: string;
  readonly value: string;
}

/** Where viewers are told which service location to take (ETSI TS 103 998). */
export interface Steering {
  readonly line: number;
  readonly url: string;
  /** To begin with; several are separated by spaces. */
  readonly pathway: string | null;
}

export interface Mpd {
  readonly url: string;
  readonly line: number;
  readonly dynamic: boolean;
  readonly profiles: string;
  readonly availabilityStartMs: number | null;
  readonly publishMs: number | null;
  readonly minimumUpdatePeriodS: number | null;
  readonly timeShiftBufferDepthS: number | null;
  readonly minBufferTimeS: number | null;
  readonly durationS: number | null;
  readonly maxSegmentDurationS: number | null;
  readonly timings: readonly UtcTiming[];
  readonly steering: Steering | null;
  /** BaseURL@serviceLocation of every level. */
  readonly serviceLocations: readonly string[];
  readonly representations: readonly Representation[];
  readonly defects: readonly Defect[];
}
