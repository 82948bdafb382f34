/** Codes of everything that the origin can find wrong with a source, the encoder or itself. UI, API, logs and docs use these strings. */
export const findingCodes = [
  'ingest.starved',
  'video.none',
  'video.codec_unsupported',
  'video.gop_long',
  'video.gop_irregular',
  'video.open_gop',
  'video.resolution_over_limit',
  'video.changed_midstream',
  'video.fps_mismatch',
  'audio.none',
  'audio.codec_unsupported',
  'ts.jump',
  'ts.backwards',
  'ts.wrap_handled',
  'transcode.slow',
  'transcode.restarted',
  'disk.low',
  'storage.backlog',
  'storage.refused',
  'storage.failed',
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** One open finding: a sentence for people and the way out. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'info' | 'warning' | 'error';
  readonly sentence: string;
  readonly fix: string;
  /** ms since the Unix epoch */
  readonly openedMs: number;
  /** When what it warns of is to be expected, ms since the Unix epoch. */
  readonly expectedMs?: number | undefined;
}
