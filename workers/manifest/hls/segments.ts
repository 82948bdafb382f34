import type { Line } from './lines.ts';
import type { HlsTemplate } from './template.ts';

/** A segment of a media playlist with all the lines that lead to its URI. */
export interface SegmentRecord {
  /** Where its first line begins, and where the line after its URI begins. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly Line[];
  readonly durationMs: number;
  /** Of its own EXT-X-PROGRAM-DATE-TIME. */
  readonly dateMs: number | null;
  /** EXT-X-DISCONTINUITY tags in `lines`. */
  readonly discontinuities: number;
}

/** A media playlist as header, segments and what follows the last one. */
export interface MediaStructure {
  readonly header: readonly Line[];
  readonly segments: readonly SegmentRecord[];
  /** The segment in the making, hints, reports, the end. */
  readonly tail: readonly Line[];
  /** Where the header ends. */
  readonly headerTo: number;
}

/** Tags that belong to the segment after them (rfc8216bis 4.4.4); others of a playlist's lines belong to the whole. */
const segmentTags = new Set([
  ...['EXTINF', 'BYTERANGE', 'DISCONTINUITY', 'KEY', 'MAP', 'PROGRAM-DATE-TIME', 'GAP', 'BITRATE', 'PART', 'TILES'],
  ...['CUE-OUT', 'CUE-IN', 'CUE-OUT-CONT', 'CUE', 'SCTE35', 'OATCLS-SCTE35', 'ASSET', 'URI'],
]);

/** Tags about the segment in the making, meaningless when no parts are listed. */
export const danglingTags = new Set([
  'BYTERANGE',
  'DISCONTINUITY',
  'KEY',
  'MAP',
  'PROGRAM-DATE-TIME',
  'GAP',
  'BITRATE',
]);

const structures = new WeakMap<HlsTemplate, MediaStructure>();

/** The structure of a media playlist, made once per template. */
export function mediaStructure(template: HlsTemplate): MediaStructure {
  const known = structures.get(template);
  if (known) return known;
  const made = readStructure(template);
  structures.set(template, made);
  return made;
}

function readStructure({ text, lines }: HlsTemplate): MediaStructure {
  const found = lines.findIndex(({ name }) => segmentTags.has(name) || name === 'PRELOAD-HINT');
  const firstAt = found < 0 ? lines.length : found;
  const segments: SegmentRecord[] = [];
  let begin = firstAt;
  for (let i = firstAt; i < lines.length; i++) {
    if (lines[i]?.name !== 'URI') continue;
    segments.push(readSegment(text, lines.slice(begin, i + 1)));
    begin = i + 1;
  }
  return {
    header: lines.slice(0, firstAt),
    segments,
    tail: lines.slice(begin),
    headerTo: lines[firstAt]?.from ?? text.length,
  };
}

function readSegment(text: string, lines: readonly Line[]): SegmentRecord {
  let durationMs = 0;
  let dateMs: number | null = null;
  let discontinuities = 0;
  for (const { name, valueFrom, to } of lines) {
    if (name === 'EXTINF') durationMs = 1_000 * (Number.parseFloat(text.slice(valueFrom, to)) || 0);
    else if (name === 'PROGRAM-DATE-TIME') dateMs = readDate(text.slice(valueFrom, to));
    else if (name === 'DISCONTINUITY') discontinuities++;
  }
  const from = (lines[0] as Line).from;
  const to = (lines[lines.length - 1] as Line).next;
  return { from, to, lines, durationMs, dateMs, discontinuities };
}

/** ISO 8601 as ms since the Unix epoch; ffmpeg writes the zone as `+0100`. */
export function readDate(text: string): number | null {
  const ms = Date.parse(text.trim().replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? null : ms;
}

/** When a segment plays: on the clock if the playlist tells it, else since the beginning of the playlist; ms. */
export interface SegmentTimes {
  readonly hasClock: boolean;
  readonly startsMs: readonly number[];
  readonly endsMs: readonly number[];
}

/** Start and end of every segment; a segment ends where the next one of the same clock begins. */
export function segmentTimes(segments: readonly SegmentRecord[]): SegmentTimes {
  const dated = segments.findIndex(({ dateMs }) => dateMs !== null);
  const startsMs: number[] = [];
  let nextMs = dated < 0 ? 0 : (segments[dated]?.dateMs ?? 0);
  for (const { durationMs } of segments.slice(0, Math.max(dated, 0))) nextMs -= durationMs;
  for (const { dateMs, durationMs } of segments) {
    const startMs = dateMs ?? nextMs;
    startsMs.push(startMs);
    nextMs = startMs + durationMs;
  }
  const endsMs = segments.map(({ durationMs }, i) => {
    const startMs = startsMs[i] ?? 0;
    const followingMs = startsMs[i + 1] ?? Number.POSITIVE_INFINITY;
    const endMs = startMs + durationMs;
    return followingMs > startMs && followingMs < endMs ? followingMs : endMs;
  });
  return { hasClock: dated >= 0, startsMs, endsMs };
}
