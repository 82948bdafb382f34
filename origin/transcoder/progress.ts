import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { TranscoderHealth } from '#shared/model/broadcast.ts';

/** One report of `ffmpeg -progress`. Times count from the first picture or sound that came out. */
export interface ProgressReport {
  readonly frames: number;
  /** Media time that has come out, ms; null before the first. */
  readonly outTimeMs: number | null;
  /** Bytes of the first rendition. */
  readonly totalBytes: number | null;
  readonly droppedFrames: number;
  /** Averages since the start. */
  readonly fps: number;
  readonly speed: number | null;
  /** Bits per second of the first rendition. */
  readonly bitrate: number | null;
}

/** The lines of a report so far. */
export type ProgressLines = Readonly<Record<string, string>>;

export const noProgressLines: ProgressLines = Object.freeze({});

const keyPattern =
  /^(frame|fps|stream_\d+_\d+_q|stream_\d+_\d+_psnr_[a-z]+|bitrate|total_size|out_time|out_time_us|out_time_ms|dup_frames|drop_frames|speed|progress)=(.*)$/;

/**
 * Takes one line of stderr. Null when it is not part of a report; `report` is set when it was the last line of one.
 */
export function readProgressLine(
  lines: ProgressLines,
  line: string,
): { readonly lines: ProgressLines; readonly report: ProgressReport | null } | null {
  const [, key, value] = keyPattern.exec(line) ?? [];
  if (key === undefined || value === undefined) return null;
  if (key !== 'progress') return { lines: { ...lines, [key]: value.trim() }, report: null };
  return { lines: noProgressLines, report: readReport(lines) };
}

/** A report and when it came, ms of any steady clock. */
export interface TimedReport {
  readonly atMs: number;
  readonly report: ProgressReport;
}

/** The reports that health is averaged over, with a new one. */
export function withReport(reports: readonly TimedReport[], added: TimedReport): readonly TimedReport[] {
  return [...reports, added].slice(-transcoderLimits.reportsAveragedMax - 1);
}

/**
 * Health over the last few seconds, for ffmpeg's own averages over the whole run hide that it falls behind now.
 * `bitrate` is the first rendition's. `speed` is low as well while too little input comes.
 */
export function healthOf(reports: readonly TimedReport[], restarts: number): TranscoderHealth {
  const first = reports.at(0);
  const last = reports.at(-1);
  if (!first || !last) return { fps: 0, speed: 0, bitrate: 0, droppedFrames: 0, restarts };
  const { droppedFrames } = last.report;
  const wallMs = last.atMs - first.atMs;
  const mediaMs = difference(first.report.outTimeMs, last.report.outTimeMs);
  if (wallMs <= 0 || mediaMs === null) {
    const { fps, speed, bitrate } = last.report;
    return { fps, speed: speed ?? 0, bitrate: bitrate ?? 0, droppedFrames, restarts };
  }
  const bytes = difference(first.report.totalBytes, last.report.totalBytes) ?? 0;
  return {
    fps: Math.round(((last.report.frames - first.report.frames) * 100_000) / wallMs) / 100,
    speed: Math.round((mediaMs * 100) / wallMs) / 100,
    bitrate: mediaMs > 0 ? Math.round((bytes * 8_000) / mediaMs) : 0,
    droppedFrames,
    restarts,
  };
}

function readReport(lines: ProgressLines): ProgressReport {
  const outTimeUs = numberOrNull(lines.out_time_us);
  const kilobits = numberOrNull(lines.bitrate?.replace(/kbits\/s$/, ''));
  return {
    frames: numberOrNull(lines.frame) ?? 0,
    // With -copyts the first report may lie far below zero: no media has come out yet.
    outTimeMs: outTimeUs !== null && outTimeUs >= 0 ? outTimeUs / 1_000 : null,
    totalBytes: numberOrNull(lines.total_size),
    droppedFrames: numberOrNull(lines.drop_frames) ?? 0,
    fps: numberOrNull(lines.fps) ?? 0,
    speed: numberOrNull(lines.speed?.replace(/x$/, '')),
    bitrate: kilobits === null ? null : Math.round(kilobits * 1_000),
  };
}

function numberOrNull(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : null;
}

function difference(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : to - from;
}
