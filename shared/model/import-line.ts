/** A line of JSON that origin/import.ts writes with `--json`, for whoever started it. */
export type ImportLine =
  | { readonly event: 'progress'; readonly stage: 'encode' | 'upload'; readonly percent: number }
  | { readonly event: 'note'; readonly sentence: string }
  | { readonly event: 'failed'; readonly code: string; readonly message: string }
  | ImportReadyLine;

export interface ImportReadyLine {
  readonly event: 'ready';
  readonly broadcast: string;
  readonly channel: string;
  readonly durationMs: number;
  readonly sizeBytes: number;
  /** Paths on every PoP. */
  readonly page: string;
  readonly hls: string;
  readonly dash: string;
}
