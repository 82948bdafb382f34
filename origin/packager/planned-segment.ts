import type { Rendition } from '#shared/model/rendition.ts';
import { mediaOffsetS, type RenditionTimeline } from '#shared/model/timeline.ts';
import { expectedBoundaryAt, type Grid, slackMs } from './grid.ts';

/** The run that makes the segment. */
interface PlanningRun {
  readonly firstMsn: number;
  readonly grid: Grid;
}

/**
 * What the open segment of a rendition will last, as the grid of its run foretells it; null before it has media. Right to
 * the tick where keyframes come regularly. What has not begun is not foretold: the run may end, and the name would be
 * another run's.
 */
export function plannedTicks(
  { rendition, timeline }: { readonly rendition: Rendition; readonly timeline: RenditionTimeline },
  { firstMsn, grid }: PlanningRun,
): number | null {
  const { open, timescale } = timeline;
  if (!open || open.parts.length === 0) return null;
  const boundaryMs = expectedBoundaryAt(grid, open.msn - firstMsn);
  if (boundaryMs === null) return null;
  const partTicks = Math.max(...open.parts.map((part) => part.durationTicks));
  const madeTicks = open.parts.reduce((sum, part) => sum + part.durationTicks, 0);
  const leftTicks = (boundaryMs / 1000 + mediaOffsetS) * timescale - open.startTicks - madeTicks;
  const moreTicks =
    rendition.kind === 'audio'
      ? wholeParts(leftTicks - (slackMs / 1000) * timescale, partTicks)
      : wholeFrames(leftTicks, timescale, grid.kind === 'source' ? null : rendition.frameRate);
  return madeTicks + Math.max(0, Math.round(moreTicks));
}

/** Audio is cut after the first part that reaches the boundary; parts are equally long. */
function wholeParts(ticks: number, partTicks: number): number {
  return Math.ceil(ticks / partTicks) * partTicks;
}

/** Frames come at a constant rate where keyframes do; otherwise they have the times of their source. */
function wholeFrames(ticks: number, timescale: number, frameRate: number | null): number {
  if (frameRate === null || frameRate <= 0) return ticks;
  const frameTicks = timescale / frameRate;
  return Math.round(ticks / frameTicks) * frameTicks;
}
