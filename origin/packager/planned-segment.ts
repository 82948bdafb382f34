import { packagerLimits } from '#shared/limits.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { RenditionTimeline } from '#shared/model/timeline.ts';
import { expectedBoundaryAt, type Grid, slackMs } from './grid.ts';
import { mediaOffsetS } from './rendition-track.ts';

/** A segment that is not whole yet, as a manifest may list it: with the duration that it will have. */
export interface PlannedSegment {
  readonly msn: number;
  readonly startTicks: number;
  readonly durationTicks: number;
}

/**
 * Foretells the open segment of a rendition from the grid of its run, and the next one shortly before it begins, so that
 * a player that looks once a second knows it in time. Empty while none is open or nothing is known. Right to the tick
 * where keyframes come regularly: then the timeline stays as it was first said.
 * @param firstMsn of the run
 */
export function planSegments(
  rendition: Rendition,
  { open, timescale }: Pick<RenditionTimeline, 'open' | 'timescale'>,
  grid: Grid,
  firstMsn: number,
): PlannedSegment[] {
  if (!open || open.parts.length === 0) return [];
  const partTicks = Math.max(...open.parts.map((part) => part.durationTicks));
  const plan = (msn: number, startTicks: number, doneTicks: number): PlannedSegment | null => {
    const boundaryMs = expectedBoundaryAt(grid, msn - firstMsn);
    if (boundaryMs === null) return null;
    const leftTicks = (boundaryMs / 1000 + mediaOffsetS) * timescale - startTicks - doneTicks;
    const moreTicks =
      rendition.kind === 'audio'
        ? wholeParts(leftTicks - (slackMs / 1000) * timescale, partTicks)
        : wholeFrames(leftTicks, timescale, rendition.passthrough ? null : rendition.frameRate);
    return { msn, startTicks, durationTicks: doneTicks + Math.max(0, Math.round(moreTicks)) };
  };
  const doneTicks = open.parts.reduce((sum, part) => sum + part.durationTicks, 0);
  const present = plan(open.msn, open.startTicks, doneTicks);
  if (!present) return [];
  const leftMs = ((present.durationTicks - doneTicks) / timescale) * 1000;
  if (leftMs > packagerLimits.dashListAheadMs) return [present];
  const next = plan(open.msn + 1, present.startTicks + present.durationTicks, 0);
  return next && next.durationTicks > 0 ? [present, next] : [present];
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
