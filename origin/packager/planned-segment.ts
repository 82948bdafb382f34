import { packagerLimits } from '#shared/limits.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import { mediaOffsetS, type RenditionTimeline } from '#shared/model/timeline.ts';
import { expectedBoundaryAt, type Grid, slackMs } from './grid.ts';

/** A segment that is not whole yet, as a manifest may list it: with the duration that it will have. */
export interface PlannedSegment {
  readonly msn: number;
  readonly startTicks: number;
  readonly durationTicks: number;
}

/** The run that makes the segments. */
interface PlanningRun {
  readonly number: number;
  readonly firstMsn: number;
  readonly grid: Grid;
}

/**
 * Foretells the open segment of a rendition from the grid of its run, and the next one shortly before it begins, so that
 * a player that looks once a second knows it in time. Empty before the run has media. Right to the tick where keyframes
 * come regularly: then the timeline stays as it was first said, and what was listed once stays listed.
 */
export function planSegments(
  rendition: Rendition,
  { open, segments, nextMsn, timescale }: Pick<RenditionTimeline, 'open' | 'segments' | 'nextMsn' | 'timescale'>,
  { number, firstMsn, grid }: PlanningRun,
): PlannedSegment[] {
  const newest = open ?? segments.at(-1);
  if (!newest || newest.initNumber !== number || newest.parts.length === 0) return [];
  const partTicks = Math.max(...newest.parts.map((part) => part.durationTicks));
  const doneTicks = newest.parts.reduce((sum, part) => sum + part.durationTicks, 0);
  const plan = (msn: number, startTicks: number, madeTicks: number): PlannedSegment | null => {
    const boundaryMs = expectedBoundaryAt(grid, msn - firstMsn);
    if (boundaryMs === null) return null;
    const leftTicks = (boundaryMs / 1000 + mediaOffsetS) * timescale - startTicks - madeTicks;
    const moreTicks =
      rendition.kind === 'audio'
        ? wholeParts(leftTicks - (slackMs / 1000) * timescale, partTicks)
        : wholeFrames(leftTicks, timescale, rendition.passthrough ? null : rendition.frameRate);
    const durationTicks = madeTicks + Math.max(0, Math.round(moreTicks));
    return durationTicks > 0 ? { msn, startTicks, durationTicks } : null;
  };
  const present = open ? plan(open.msn, open.startTicks, doneTicks) : null;
  if (open && !present) return [];
  const endTicks = present ? present.startTicks + present.durationTicks : newest.startTicks + doneTicks;
  const leftMs = ((endTicks - newest.startTicks - doneTicks) / timescale) * 1000;
  const next = leftMs > packagerLimits.dashListAheadMs ? null : plan(nextMsn, endTicks, 0);
  return [present, next].filter((one) => one !== null);
}

/** Audio is cut after the first part that reaches the boundary; parts are equally long. */
function wholeParts(ticks: number, partTicks: number): number {
  return Math.ceil(ticks / partTicks) * partTicks;
}

/** What is encoded here has a constant frame rate; what is passed through has the times of its source. */
function wholeFrames(ticks: number, timescale: number, frameRate: number | null): number {
  if (frameRate === null || frameRate <= 0) return ticks;
  const frameTicks = timescale / frameRate;
  return Math.round(ticks / frameTicks) * frameTicks;
}
