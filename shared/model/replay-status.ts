/**
 * How far a finished broadcast is on its way into the bucket. `uploading`: what there is can be played; `partial`: there,
 * with holes in it; `failed`: nothing to play was stored.
 */
export const replayStates = ['uploading', 'ready', 'partial', 'failed'] as const;

/** What pages show of a broadcast; `recording`: it goes on. One that failed is not shown. */
export const shownReplayStates = ['recording', 'uploading', 'ready', 'partial'] as const;
export type ShownReplayState = (typeof shownReplayStates)[number];

/** What an origin knows of a finished broadcast. */
export interface ReplayStatus {
  readonly state: (typeof replayStates)[number];
  /** Share of its objects that are in the bucket, 0 to 1. */
  readonly uploaded: number;
  /** Media of all renditions. */
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Of that without picture or without sound, because it could not be stored or was lost. */
  readonly gapMs: number;
}

/**
 * Whether nothing is known of a finished broadcast but that it is over: its origin has no bucket, is gone, or has not come to it
 * yet.
 */
export function isUnheard({ state, uploaded, sizeBytes, durationMs }: ReplayStatus): boolean {
  return (state === 'uploading' || state === 'failed') && uploaded + sizeBytes + durationMs === 0;
}

/** Why nothing of such a broadcast was stored, in words. */
export const unheardWords = 'its origin has no bucket, or is gone';
