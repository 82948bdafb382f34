/** A video file that is uploaded in parts, and of which an origin makes a replay. */

/** `receiving` parts, `queued` for an origin; `encoding` and `uploading` there; the others are final. */
export const importStates = ['receiving', 'queued', 'encoding', 'uploading', 'ready', 'failed', 'cancelled'] as const;
export type ImportState = (typeof importStates)[number];

/** How a file is cut. */
export interface ImportParts {
  readonly sizeBytes: number;
  /** Of every part but the last one, which is what is left. */
  readonly partBytes: number;
}

/** How many parts a file has; the first one is 0. */
export function partCount({ sizeBytes, partBytes }: ImportParts): number {
  return Math.ceil(sizeBytes / partBytes);
}

/** Where a part begins in its file, and where it ends. */
export function partRange(
  { sizeBytes, partBytes }: ImportParts,
  part: number,
): readonly [startByte: number, endByte: number] {
  return [part * partBytes, Math.min((part + 1) * partBytes, sizeBytes)];
}

/**
 * Why a whole file waits for an origin: none is heard of, all drain, all have too much to do with broadcasts, all make other
 * replays, one takes it on soon, or none does although some could.
 */
export const importWaits = [
  'no_origin',
  'origins_drain',
  'origins_busy',
  'origins_import',
  'soon',
  'not_taken',
] as const;
export type ImportWait = (typeof importWaits)[number];

/** In words: `waits for an origin: …`. */
export const importWaitWords: Readonly<Record<ImportWait, string>> = {
  no_origin: 'none is running',
  origins_drain: 'all that run are being drained',
  origins_busy: 'all are busy with broadcasts',
  origins_import: 'all are at other imports',
  soon: 'one takes it on in a moment',
  not_taken: 'none of those that run takes it on; they may have no bucket, or their logs say why',
};
