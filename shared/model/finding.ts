/** Codes of everything that the origin can find wrong with a source, the encoder or itself. UI, API, logs and docs use these strings. */
export const findingCodes = [
  'ingest.starved',
  'ingest.faster_than_realtime',
  'ingest.jitter',
  'ingest.backup',
  'video.none',
  'video.codec_unsupported',
  'video.gop_long',
  'video.gop_irregular',
  'video.open_gop',
  'video.bitrate_high',
  'video.bitrate_low',
  'video.bitrate_unstable',
  'video.fps_mismatch',
  'video.changed_midstream',
  'video.interlaced',
  'video.resolution_over_limit',
  'audio.none',
  'audio.codec_unsupported',
  'audio.silent',
  'audio.sample_rate',
  'av.drift',
  'ts.jump',
  'ts.backwards',
  'ts.wrap_handled',
  'transcode.slow',
  'transcode.restarted',
  'segment.late',
  'disk.low',
  'storage.backlog',
  'storage.refused',
  'storage.failed',
  'replay.long',
  'replay.cut',
  'edge.stale',
] as const;
export type FindingCode = (typeof findingCodes)[number];
export type FindingSeverity = 'info' | 'warning' | 'error';

/** One open finding: a sentence for people and the way out. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  readonly sentence: string;
  readonly fix: string;
  /** ms since the Unix epoch */
  readonly openedMs: number;
  /** When what it warns of is to be expected, ms since the Unix epoch. */
  readonly expectedMs?: number | undefined;
}
