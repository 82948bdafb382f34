import { attributeValue, readAttributes } from './attributes.ts';
import type { Line } from './lines.ts';
import { readDate, type SegmentRecord } from './segments.ts';

/**
 * The tags before a segment that still hold for it: EXT-X-KEY for each key format, EXT-X-MAP, EXT-X-BITRATE, in their order;
 * without those that the segment states anew (rfc8216bis 4.4.4).
 */
export function tagsInForce(text: string, before: readonly SegmentRecord[], segment: SegmentRecord): readonly Line[] {
  const held = new Map<string, Line>();
  for (const record of before) for (const line of record.lines) applyTag(text, line, held, line);
  for (const line of segment.lines) applyTag(text, line, held, null);
  return [...held.values()].sort((a, b) => a.from - b.from);
}

/** @param holds the line that holds from now on, or null to take what `line` replaces out of `held` */
function applyTag(text: string, line: Line, held: Map<string, Line>, holds: Line | null): void {
  if (line.name !== 'MAP' && line.name !== 'BITRATE' && line.name !== 'KEY') return;
  let slot: string = line.name;
  if (line.name === 'KEY') {
    const attributes = readAttributes(text, line.valueFrom);
    slot = `KEY ${attributeValue(attributes, 'KEYFORMAT') ?? 'identity'}`;
    if (attributeValue(attributes, 'METHOD') === 'NONE') {
      for (const other of held.keys()) if (other.startsWith('KEY ')) held.delete(other);
      return;
    }
  }
  held.delete(slot);
  if (holds) held.set(slot, holds);
}

/**
 * Where a byte range without an offset begins: behind the one before it (rfc8216bis 4.4.4.2).
 * @returns the line to complete and its offset, or null when nothing is missing
 */
export function impliedByteRange(text: string, segments: readonly SegmentRecord[], index: number) {
  const line = segments[index]?.lines.find(({ name }) => name === 'BYTERANGE');
  if (!line || text.slice(line.valueFrom, line.to).includes('@')) return null;
  let offset = 0;
  for (let i = index - 1; i >= 0; i--) {
    const before = segments[i]?.lines.find(({ name }) => name === 'BYTERANGE');
    const [length, at] = before ? text.slice(before.valueFrom, before.to).split('@') : [];
    offset += Number(length ?? 0);
    if (at !== undefined || !before) return { line, offset: offset + Number(at ?? 0) };
  }
  return { line, offset };
}

/** Whether a date range touches the time between two moments; one that tells no end reaches on (rfc8216bis 4.4.5.1). */
export function isDateRangeWithin(text: string, line: Line, startMs: number, endMs: number): boolean {
  const attributes = readAttributes(text, line.valueFrom);
  const fromMs = readDate(attributeValue(attributes, 'START-DATE') ?? '');
  if (fromMs === null) return true;
  const stated = readDate(attributeValue(attributes, 'END-DATE') ?? '');
  const durationS = Number.parseFloat(attributeValue(attributes, 'DURATION') ?? '');
  const untilMs = stated ?? (Number.isNaN(durationS) ? Number.POSITIVE_INFINITY : fromMs + 1_000 * durationS);
  return fromMs < endMs && untilMs >= startMs;
}
