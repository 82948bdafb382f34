import type { ProblemCode } from '#shared/model/problem.ts';

/** A range on the wall clock, ms since the Unix epoch, or so much of what came last. */
export type ClipWish = { readonly startMs: number; readonly endMs: number } | { readonly lastMs: number };

/** The exact range of a clip, and where it lies on the playing time of the segments that it touches. */
export interface MeasuredClip {
  readonly startMs: number;
  readonly endMs: number;
  readonly startOffsetMs: number;
  readonly endOffsetMs: number;
}

/** Finds a range in a broadcast's media, or says why it is not there. */
export type MeasureClip = (
  broadcast: string,
  wish: ClipWish,
) => Promise<MeasuredClip | { readonly code: ProblemCode; readonly detail: string }>;

/** What the API is given by whoever mounts it: media is not the catalogue's. */
export interface ClipTools {
  measureClip: MeasureClip;
}
