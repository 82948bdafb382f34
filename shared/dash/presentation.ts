import { packagerLimits } from '../limits/packager.ts';
import type { RunRecord } from '../model/record.ts';
import type { MeasuredBandwidth, Rendition } from '../model/rendition.ts';
import type { Stretches } from '../model/stretches.ts';
import { mediaOffsetS, type OpenSegment, type RenditionTimeline, type Segment } from '../model/timeline.ts';
import { type MpdPeriod, type MpdRepresentation, type MpdSegment, writeMpd } from './mpd.ts';
import { type ComingSegment, updatePeriodS } from './update-period.ts';

/** A rendition with everything that was made of it. */
export interface PresentedTrack {
  readonly rendition: Rendition;
  /** What it was in each run, by the run's number. */
  readonly described: ReadonlyMap<number, Rendition>;
  readonly timeline: RenditionTimeline;
  readonly bandwidth: MeasuredBandwidth;
}

/** A broadcast as far as it was made, live or over. */
export interface Presentation<Track extends PresentedTrack = PresentedTrack> {
  readonly runs: readonly RunRecord[];
  readonly tracks: ReadonlyMap<string, Track>;
  readonly stretches: Stretches;
  readonly ended: boolean;
  /** A run is on: more media comes by itself. */
  readonly making: boolean;
  readonly targetDurationS: number;
  /** How far back viewers can go, seconds; Infinity: to the beginning. */
  readonly dvrWindowS: number;
}

/** Where the clock resource of the edge is, for UTCTiming. */
const clockUri = '/time';

/**
 * The MPD over the same objects as HLS, a period for each encoder run; null before there is a complete segment.
 * With low latency the segment in the making is listed too, with the duration that it is planned to have. When its run
 * ends inside it, it stays listed so, and the next period begins where the media ends (players clip at a period's end).
 */
export function presentMpd<Track extends PresentedTrack>(
  presentation: Presentation<Track>,
  nowMs: number,
  lowLatency: boolean,
): string | null {
  const { runs, ended, targetDurationS: segmentTargetS } = presentation;
  const tracks = [...presentation.tracks.values()].map(madeOf);
  const origin = runs[0];
  if (!origin) return null;
  const availabilityStartMs = origin.anchorMs + origin.startMs;
  const periods = runs
    .filter(({ number }) =>
      tracks.some(({ byRun, track }) => byRun.has(number) || track.timeline.open?.initNumber === number),
    )
    .flatMap((run) => spansOf(presentation, run))
    .map((span) => periodOf(tracks, span, availabilityStartMs, lowLatency && !ended))
    .filter((period) => period.representations.length > 0);
  const isBegun = tracks.some(({ byRun }) => byRun.size > 0);
  if (!isBegun || periods.length === 0) return null;
  const delayS = lowLatency ? packagerLimits.dashLatencyMs / 1000 : packagerLimits.dashDelaySegments * segmentTargetS;
  return writeMpd({
    lowLatency,
    periods: ended ? rebase(periods, availabilityStartMs) : periods,
    availabilityStartMs: Math.round(availabilityStartMs),
    publishMs: Math.round(nowMs),
    segmentTargetS,
    timeShiftBufferDepthS: presentation.dvrWindowS,
    suggestedPresentationDelayS: delayS,
    minimumUpdatePeriodS: lowLatency ? updatePeriodS(comingOf(presentation)) : Math.min(1, segmentTargetS / 2),
    maxSegmentDurationS: longestS(periods),
    durationS: ended ? durationOf(rebase(periods, availabilityStartMs)) : null,
    clockUri,
  });
}

function comingOf<Track extends PresentedTrack>(presentation: Presentation<Track>): ComingSegment[] {
  const run = presentation.runs.at(-1);
  if (!run || !presentation.making) return [];
  const made = [...presentation.tracks.values()].filter(({ rendition }) => run.renditions.has(rendition.name));
  return made.map((track) => {
    const { open, timescale, partTargetS } = track.timeline;
    const leftTicks = (open?.promisedTicks ?? 0) - (open ? madeTicks(open) : 0);
    return { leftS: Math.max(0, leftTicks) / timescale, partS: partTargetS };
  });
}

/** A rendition, and its segments that are no gaps by the run that made them: of many runs few are listed. */
interface MadeTrack {
  readonly track: PresentedTrack;
  readonly byRun: ReadonlyMap<number, readonly Segment[]>;
}

function madeOf(track: PresentedTrack): MadeTrack {
  const byRun = new Map<number, Segment[]>();
  for (const segment of track.timeline.segments) {
    if (segment.gap) continue;
    const made = byRun.get(segment.initNumber);
    if (made) made.push(segment);
    else byRun.set(segment.initNumber, [segment]);
  }
  return { track, byRun };
}

/** What becomes one period: a run, or a stretch of one after a hole in some rendition. */
interface Span {
  readonly id: string;
  readonly run: RunRecord;
  readonly startMs: number;
  readonly firstMsn: number;
  /** First msn after it. */
  readonly endMsn: number;
}

function spansOf({ stretches }: Pick<Presentation, 'stretches'>, run: RunRecord): Span[] {
  const turns = stretches.of(run.number);
  const ends = [...turns.map(({ msn }) => msn), Number.POSITIVE_INFINITY];
  const id = `p${run.number}`;
  const first = { id, run, startMs: run.startMs, firstMsn: 0, endMsn: ends[0] ?? 0 };
  const others = turns.map(({ msn, startMs }, i) => {
    return { id: `${id}.${msn}`, run, startMs, firstMsn: msn, endMsn: ends[i + 1] ?? 0 };
  });
  return [first, ...others];
}

/** A segment with what it really lasts. */
interface ListedSegment extends MpdSegment {
  readonly mediaTicks: number;
}

interface ListedRepresentation extends MpdRepresentation {
  readonly segments: readonly ListedSegment[];
}

interface ListedPeriod extends MpdPeriod {
  readonly representations: readonly ListedRepresentation[];
}

function madeTicks({ parts }: OpenSegment): number {
  return parts.reduce((sum, part) => sum + part.durationTicks, 0);
}

/** Segments in the order of their numbers, from one number up to another. */
function between(
  segments: readonly Segment[],
  { firstMsn, endMsn }: Pick<Span, 'firstMsn' | 'endMsn'>,
): readonly Segment[] {
  return segments.slice(countBefore(segments, firstMsn), countBefore(segments, endMsn));
}

function countBefore(segments: readonly Segment[], msn: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((segments[middle]?.msn ?? 0) < msn) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The segments of a rendition in a period. Each lasts to the beginning of the next one, also where a hole in the source
 * has stretched its last sample; the last one stays as it was promised: its run may have ended inside it.
 */
function listSegments({ track, byRun }: MadeTrack, lowLatency: boolean, span: Span): ListedSegment[] {
  const { open } = track.timeline;
  const whole = between(byRun.get(span.run.number) ?? [], span);
  const isInside = ({ msn, initNumber }: OpenSegment) =>
    initNumber === span.run.number && msn >= span.firstMsn && msn < span.endMsn;
  const making = lowLatency && open?.promisedTicks !== undefined && isInside(open) ? open : null;
  const listed = whole.map(({ msn, startTicks, durationTicks, promisedTicks = durationTicks }, i) => {
    const next = whole[i + 1] ?? making;
    return {
      ...{ msn, startTicks, mediaTicks: durationTicks },
      durationTicks: next ? next.startTicks - startTicks : promisedTicks,
    };
  });
  if (making === null) return listed;
  const { msn, startTicks, promisedTicks: durationTicks = 0 } = making;
  return [...listed, { msn, startTicks, durationTicks, mediaTicks: durationTicks }];
}

function periodOf(
  tracks: readonly MadeTrack[],
  span: Span,
  availabilityStartMs: number,
  lowLatency: boolean,
): ListedPeriod {
  const { id, run, startMs } = span;
  const representations: ListedRepresentation[] = [];
  const startS = (run.anchorMs + startMs - availabilityStartMs) / 1000;
  const producer = { wallClockMs: Math.round(run.anchorMs + startMs), clockUri };
  for (const made of tracks) {
    const { timeline, bandwidth, described } = made.track;
    const rendition = described.get(run.number) ?? made.track.rendition;
    const segments = listSegments(made, lowLatency, span);
    if (segments.length === 0) continue;
    const { timescale, targetDurationS, partTargetS } = timeline;
    const presentationTimeOffsetTicks = Math.round((startMs / 1000 + mediaOffsetS) * timescale);
    const bits = run.bandwidths.get(rendition.name) ?? bandwidth.peak;
    const initNumber = run.number;
    representations.push({
      rendition,
      bandwidth: bits,
      timescale,
      presentationTimeOffsetTicks,
      initNumber,
      lowLatency: lowLatency
        ? { ...producer, availabilityTimeOffsetS: Math.max(0, targetDurationS - partTargetS) }
        : null,
      segments,
    });
  }
  return { id, startS, representations, captions: run.captions };
}

/** Static presentations begin at zero: periods follow each other from the first one that is left, and tell what the clock was. */
function rebase(periods: readonly ListedPeriod[], availabilityStartMs: number): ListedPeriod[] {
  let startS = 0;
  return periods.map((period) => {
    const firstS = Math.min(...period.representations.map(firstOffsetS));
    const representations = period.representations.map((one) => ({
      ...one,
      presentationTimeOffsetTicks: one.presentationTimeOffsetTicks + Math.round(firstS * one.timescale),
      wallClockMs: Math.round(availabilityStartMs + 1000 * (period.startS + firstS)),
    }));
    const placed = { ...period, startS, representations };
    startS += lengthS(placed);
    return placed;
  });
}

function durationOf(periods: readonly ListedPeriod[]): number {
  const last = periods.at(-1);
  return last ? last.startS + lengthS(last) : 0;
}

/** Players of low latency count back from the live edge by this, so it is no longer than need be. */
function longestS(periods: readonly MpdPeriod[]): number {
  let longest = 0;
  // One by one: a long broadcast has more segments than a call can take arguments.
  for (const { segments, timescale } of periods.flatMap(({ representations }) => representations)) {
    for (const { durationTicks } of segments) longest = Math.max(longest, durationTicks / timescale);
  }
  return longest;
}

function firstOffsetS(one: MpdRepresentation): number {
  return ((one.segments[0]?.startTicks ?? 0) - one.presentationTimeOffsetTicks) / one.timescale;
}

function lengthS(period: ListedPeriod): number {
  return Math.max(0, ...period.representations.map(endS));
}

function endS(one: ListedRepresentation): number {
  const last = one.segments.at(-1);
  return last ? (last.startTicks + last.mediaTicks - one.presentationTimeOffsetTicks) / one.timescale : 0;
}
