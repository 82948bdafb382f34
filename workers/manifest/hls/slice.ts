import type { Edit } from '../edit.ts';
import type { Carry, RewriteFault, TimeRange } from '../options.ts';
import type { Line } from './lines.ts';
import { isLowLatencyTag, removeLine } from './low-latency.ts';
import {
  type MediaStructure,
  mediaStructure,
  type SegmentRecord,
  type SegmentTimes,
  segmentTimes,
} from './segments.ts';
import { impliedByteRange, isDateRangeWithin, tagsInForce } from './slice-state.ts';
import { type HlsTemplate, writeSpan } from './template.ts';

/** Bounds closer than this to a segment's are taken for it: dates are rounded to ms, durations are not. */
const toleranceMs = 0.5;

/** What cuts a media playlist. */
export interface HlsSlice {
  readonly edits: readonly Edit[];
  readonly closed: boolean;
  /** Its beginning has left the window. */
  readonly beheaded: boolean;
  /** There is media up to its end, whatever follows. */
  readonly reached: boolean;
}

/** The segments of a range, by index, and its bounds on the playlist's clock. */
interface Cut {
  readonly first: number;
  readonly last: number;
  readonly startMs: number;
  readonly endMs: number;
  /** The end is reached: nothing will be added. */
  readonly closed: boolean;
  /** It is reached by media, and not by the end of the playlist. */
  readonly reached: boolean;
  readonly times: SegmentTimes;
}

/**
 * Cuts a media playlist to the segments that touch a range. While the end lies ahead the slice is live; afterwards it is a
 * playlist of type VOD. EXT-X-START tells the exact start inside the first segment.
 */
export function sliceHls(template: HlsTemplate, range: TimeRange, carry: Carry | undefined): HlsSlice | RewriteFault {
  const structure = mediaStructure(template);
  const cut = findCut(template, structure, range);
  if (typeof cut === 'string') return cut;
  const edits = [...headerEdits(template, structure, cut, range), ...startEdits(template, structure, cut, carry)];
  const { closed, reached, startMs, times } = cut;
  const isEarly = range.startMs !== null && startMs < (times.startsMs[0] ?? 0) - toleranceMs;
  const beheaded = isEarly && !hasBeginning(template);
  const closing = closed ? closingEdits(template, structure, cut, carry) : [];
  return { edits: [...edits, ...closing], closed, beheaded, reached };
}

/** Why a media playlist has nothing of a range, or null when it has. */
export function rangeFault(template: HlsTemplate, range: TimeRange): RewriteFault | null {
  const cut = findCut(template, mediaStructure(template), range);
  return typeof cut === 'string' ? cut : null;
}

/** Whether a media playlist has media up to the end of a range, whatever follows. */
export function reachesEnd(template: HlsTemplate, range: TimeRange): boolean {
  const cut = findCut(template, mediaStructure(template), range);
  return typeof cut !== 'string' && cut.reached;
}

function findCut(template: HlsTemplate, { segments }: MediaStructure, range: TimeRange): Cut | RewriteFault {
  const isEnded = template.lines.some(({ name }) => name === 'ENDLIST');
  if (segments.length === 0) return isEnded ? 'past_end' : 'not_yet';
  const times = segmentTimes(segments);
  const { startsMs, endsMs, hasClock } = times;
  if (range.base === 'clock' && !hasClock) return 'no_clock';
  if (range.base === 'timeline' && !hasBeginning(template)) return 'beginning_unknown';
  const zeroMs = range.base === 'timeline' ? (startsMs[0] ?? 0) : 0;
  const startMs = range.startMs === null ? Number.NEGATIVE_INFINITY : zeroMs + range.startMs;
  const endMs = range.endMs === null ? Number.POSITIVE_INFINITY : zeroMs + range.endMs;
  const first = endsMs.findIndex((ms) => ms > startMs + toleranceMs);
  if (first < 0) return isEnded ? 'past_end' : 'not_yet';
  const after = startsMs.findIndex((ms, i) => i >= first && ms >= endMs - toleranceMs);
  const last = after < 0 ? segments.length - 1 : after - 1;
  if (last < first) return 'gone';
  const reached = after >= 0 || (endsMs[last] ?? 0) >= endMs - toleranceMs;
  return { first, last, startMs, endMs, closed: isEnded || reached, reached, times };
}

/** Whether the first segment listed is the first there was. */
function hasBeginning({ text, lines }: HlsTemplate): boolean {
  const valueOfTag = (wanted: string) => {
    const line = lines.find(({ name }) => name === wanted);
    return line ? text.slice(line.valueFrom, line.to).trim() : null;
  };
  return valueOfTag('PLAYLIST-TYPE') !== null || Number(valueOfTag('MEDIA-SEQUENCE') ?? 0) === 0;
}

function headerEdits(template: HlsTemplate, structure: MediaStructure, cut: Cut, range: TimeRange): Edit[] {
  const { lines, newline } = template;
  const edits: Edit[] = [];
  const added: string[] = [];
  const removed = structure.segments.slice(0, cut.first);
  const count = (tag: string, by: number) => {
    const line = structure.header.find(({ name }) => name === tag);
    if (by === 0) return;
    if (!line) added.push(`#EXT-X-${tag}:${by}`);
    else edits.push({ from: line.valueFrom, to: line.to, text: String(valueNumber(template, line) + by) });
  };
  count('MEDIA-SEQUENCE', removed.length);
  count(
    'DISCONTINUITY-SEQUENCE',
    removed.reduce((sum, { discontinuities }) => sum + discontinuities, 0),
  );
  const dropped = cut.closed ? ['START', 'PLAYLIST-TYPE', 'SERVER-CONTROL', 'PART-INF'] : ['START'];
  for (const line of lines) {
    if (dropped.includes(line.name) && (range.startMs !== null || line.name !== 'START')) edits.push(removeLine(line));
  }
  if (cut.closed) added.push('#EXT-X-PLAYLIST-TYPE:VOD');
  const startTag = writeStart(cut, range);
  if (startTag !== null) added.push(startTag);
  const text = added.map((line) => line + newline).join('');
  return text === '' ? edits : [...edits, { from: structure.headerTo, to: structure.headerTo, text }];
}

function valueNumber({ text }: HlsTemplate, { valueFrom, to }: Line): number {
  return Number(text.slice(valueFrom, to)) || 0;
}

/** A live slice begins at its start too, instead of at the live edge. */
function writeStart({ first, closed, startMs, times }: Cut, range: TimeRange): string | null {
  if (range.startMs === null) return null;
  const offsetMs = Math.max(0, Math.round(startMs - (times.startsMs[first] ?? 0)));
  if (closed && offsetMs === 0) return null;
  return `#EXT-X-START:TIME-OFFSET=${offsetMs / 1_000},PRECISE=YES`;
}

function startEdits(template: HlsTemplate, { segments }: MediaStructure, cut: Cut, carry: Carry | undefined): Edit[] {
  const { text, newline } = template;
  const { first, times } = cut;
  const segment = segments[first] as SegmentRecord;
  const edits: Edit[] = [];
  const removed = segments.slice(0, first);
  const held = tagsInForce(text, removed, segment);
  const strays = keptLines(
    text,
    removed.flatMap(({ lines }) => lines),
    cut,
  );
  const prologue = [...strays, ...held].map((line) => writeSpan(template, line, carry));
  if (segment.dateMs === null && times.hasClock) {
    prologue.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(times.startsMs[first] ?? 0)).toISOString()}`);
  }
  const from = segments[0]?.from ?? 0;
  edits.push({ from, to: segment.from, text: prologue.map((line) => line + newline).join('') });
  const range = first > 0 ? impliedByteRange(text, segments, first) : null;
  if (range) edits.push({ from: range.line.to, to: range.line.to, text: `@${range.offset}` });
  return edits;
}

/** Everything behind the last segment goes, parts go, the end is written. */
function closingEdits(template: HlsTemplate, structure: MediaStructure, cut: Cut, carry: Carry | undefined): Edit[] {
  const { text, newline } = template;
  const { segments, tail } = structure;
  const kept = segments.slice(cut.first, cut.last + 1).flatMap(({ lines }) => lines);
  const behind = [...segments.slice(cut.last + 1).flatMap(({ lines }) => lines), ...tail];
  const from = segments[cut.last]?.to ?? text.length;
  const lead = text.charCodeAt(from - 1) === 0x0a ? '' : newline;
  const lines = keptLines(text, behind, cut).map((line) => writeSpan(template, line, carry) + newline);
  const isGone = (line: Line) => isLowLatencyTag(line) || line.name === 'ENDLIST';
  return [
    ...[...structure.header.filter(({ name }) => name === 'ENDLIST'), ...kept.filter(isGone)].map(removeLine),
    { from, to: text.length, text: `${lead}${lines.join('')}#EXT-X-ENDLIST${newline}` },
  ];
}

/** Tags about the playlist as a whole that stand among segments which are cut away. */
function keptLines(text: string, lines: readonly Line[], { startMs, endMs }: Cut): readonly Line[] {
  return lines.filter((line) => {
    if (line.name === 'DATERANGE') return isDateRangeWithin(text, line, startMs, endMs);
    return line.name === 'INDEPENDENT-SEGMENTS' || line.name === 'DEFINE';
  });
}
