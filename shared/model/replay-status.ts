/** How far a finished broadcast is on its way into the bucket. */
export const replayStates = ['uploading', 'ready', 'partial', 'failed'] as const;

/** `partial`: there, with holes in it; `failed`: nothing to play was stored. */
export type ReplayState = (typeof replayStates)[number];

/** What an origin knows of a finished broadcast. */
export interface ReplayStatus {
  readonly state: ReplayState;
  /** Share of its objects that are in the bucket, 0 to 1. */
  readonly uploaded: number;
  /** Media of all renditions. */
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Of that without picture or without sound, because it could not be stored or was lost. */
  readonly gapMs: number;
}
