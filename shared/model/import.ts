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
