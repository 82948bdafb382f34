import { type MpdPeriod, type MpdRepresentation, writeMpd } from '#shared/dash/mpd.ts';
import { packagerLimits } from '#shared/limits.ts';
import type { Packager } from './packager.ts';
import type { RunRecord } from './record.ts';
import { mediaOffsetS } from './rendition-track.ts';

/** Where the clock resource of the edge is, for UTCTiming. */
const clockUri = '/time';

/** The MPD over the same objects as HLS, a period for each encoder run; null before there is a complete segment. */
export function presentMpd(packager: Packager, nowMs: number): string | null {
  const { runs, ended, targetDurationS: segmentTargetS } = packager;
  const origin = runs[0];
  if (!origin) return null;
  const availabilityStartMs = origin.anchorMs + origin.startMs;
  const periods = runs
    .map((run) => periodOf(packager, run, availabilityStartMs))
    .filter((period) => period.representations.length > 0);
  if (periods.length === 0) return null;
  return writeMpd({
    periods: ended ? rebase(periods) : periods,
    availabilityStartMs: Math.round(availabilityStartMs),
    publishMs: Math.round(nowMs),
    segmentTargetS,
    timeShiftBufferDepthS: packager.dvrWindowS,
    suggestedPresentationDelayS: packagerLimits.dashDelaySegments * segmentTargetS,
    durationS: ended ? durationOf(rebase(periods)) : null,
    clockUri,
  });
}

function periodOf(packager: Packager, run: RunRecord, availabilityStartMs: number): MpdPeriod {
  const representations: MpdRepresentation[] = [];
  for (const { rendition, timeline, bandwidth } of packager.tracks.values()) {
    const segments = timeline.segments.filter((segment) => segment.initNumber === run.number && !segment.gap);
    if (segments.length === 0) continue;
    const { timescale } = timeline;
    const presentationTimeOffsetTicks = Math.round((run.startMs / 1000 + mediaOffsetS) * timescale);
    const bits = run.bandwidths.get(rendition.name) ?? bandwidth.peak;
    const initNumber = run.number;
    representations.push({
      rendition,
      bandwidth: bits,
      timescale,
      presentationTimeOffsetTicks,
      initNumber,
      segments,
    });
  }
  const startS = (run.anchorMs + run.startMs - availabilityStartMs) / 1000;
  return { id: `p${run.number}`, startS, representations, captions: run.captions };
}

/** Static presentations begin at zero: periods follow each other from the first one that is left. */
function rebase(periods: readonly MpdPeriod[]): MpdPeriod[] {
  let startS = 0;
  return periods.map((period) => {
    const firstS = Math.min(...period.representations.map(firstOffsetS));
    const representations = period.representations.map((one) => ({
      ...one,
      presentationTimeOffsetTicks: one.presentationTimeOffsetTicks + Math.round(firstS * one.timescale),
    }));
    const placed = { ...period, startS, representations };
    startS += lengthS(placed);
    return placed;
  });
}

function durationOf(periods: readonly MpdPeriod[]): number {
  const last = periods.at(-1);
  return last ? last.startS + lengthS(last) : 0;
}

function firstOffsetS(one: MpdRepresentation): number {
  return ((one.segments[0]?.startTicks ?? 0) - one.presentationTimeOffsetTicks) / one.timescale;
}

function lengthS(period: MpdPeriod): number {
  return Math.max(0, ...period.representations.map(endS));
}

function endS(one: MpdRepresentation): number {
  const last = one.segments.at(-1);
  return last ? (last.startTicks + last.durationTicks - one.presentationTimeOffsetTicks) / one.timescale : 0;
}
