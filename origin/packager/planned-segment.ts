import type { Rendition } from '#shared/model/rendition.ts';
import type { OpenSegment, RenditionTimeline } from '#shared/model/timeline.ts';
import { expectedBoundaryAt, type Grid, slackMs } from './grid.ts';
import { mediaOffsetS } from './rendition-track.ts';

/** The segment in the making as a manifest may list it: with the duration that it will have. */
export interface PlannedSegment {
  readonly msn: number;
  readonly startTicks: number;
  readonly durationTicks: number;
}

/**
 * Foretells the open segment of a rendition from the grid of its run; null while none is open or nothing is known.
 * Right to the tick where keyframes come regularly: then the whole timeline stays as it was first said.
 * @param firstMsn of the run
 */
export function planSegment(
  rendition: Rendition,
  { open, timescale }: Pick<RenditionTimeline, 'open' | 'timescale'>,
  grid: Grid,
  firstMsn: number,
): PlannedSegment | null {
  if (!open || open.parts.length === 0) return null;
  const boundaryMs = expectedBoundaryAt(grid, open.msn - firstMsn);
  if (boundaryMs === null) return null;
  const boundaryTicks = (boundaryMs / 1000 + mediaOffsetS) * timescale;
  const { msn, startTicks } = open;
  const leastTicks = open.parts.reduce((sum, part) => sum + part.durationTicks, 0);
  const wantedTicks =
    rendition.kind === 'audio'
      ? audioTicks(open, leastTicks, boundaryTicks - (slackMs / 1000) * timescale)
      : wholeFrames(boundaryTicks - startTicks, timescale, rendition.passthrough ? null : rendition.frameRate);
  return { msn, startTicks, durationTicks: Math.max(leastTicks, Math.round(wantedTicks)) };
}

/** Audio is cut after the first part that reaches the boundary; parts are equally long. */
function audioTicks(open: OpenSegment, doneTicks: number, boundaryTicks: number): number {
  const partTicks = Math.max(...open.parts.map((part) => part.durationTicks));
  const leftTicks = boundaryTicks - open.startTicks - doneTicks;
  return doneTicks + Math.max(0, Math.ceil(leftTicks / partTicks)) * partTicks;
}

/** What is encoded here has a constant frame rate; what is passed through has the times of its source. */
function wholeFrames(ticks: number, timescale: number, frameRate: number | null): number {
  if (frameRate === null || frameRate <= 0) return ticks;
  const frameTicks = timescale / frameRate;
  return Math.round(ticks / frameTicks) * frameTicks;
}
