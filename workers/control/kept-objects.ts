import { initFile, objectKey, recordFile, segmentFile } from '#shared/model/object-name.ts';
import { parseRecord, type RecordEntry } from '#shared/model/record.ts';
import type { ClipRange } from './clip-ranges.ts';

/** Of a broadcast whose replay is deleted: what its clips still need. */
export interface KeptObjects {
  /** The record without what is not kept: other segments are gaps, so it names nothing that is not there. */
  readonly record: string;
  readonly keys: ReadonlySet<string>;
}

/** A slice begins with the segment that holds its start; the ones beside it are kept as well, whatever was rounded. */
const marginMs = 1_000;

/** What clips need: their segments in every rendition, the init segments of these, and the record. */
export function keptObjects(broadcast: string, lines: string, clips: readonly ClipRange[]): KeptObjects {
  const { tracks } = parseRecord(lines);
  const keys = new Set([objectKey(broadcast, recordFile)]);
  for (const [name, { timeline }] of tracks) {
    for (const segment of timeline.segments) {
      const endMs = segment.programDateTimeMs + (segment.durationTicks / timeline.timescale) * 1_000;
      const isNeeded = clips.some((clip) => {
        return endMs + marginMs > clip.startMs && segment.programDateTimeMs - marginMs < clip.endMs;
      });
      if (!isNeeded || segment.gap) continue;
      keys.add(objectKey(broadcast, name, segmentFile(segment.msn)));
      keys.add(objectKey(broadcast, name, initFile(segment.initNumber)));
    }
  }
  return { record: trimmed(broadcast, lines, keys), keys };
}

/** Line by line, so that what this version does not understand stays. A record that was cut is whole: nothing follows. */
function trimmed(broadcast: string, lines: string, keys: ReadonlySet<string>): string {
  const isKept = ({ rendition, segment }: Extract<RecordEntry, { kind: 'segment' }>) =>
    keys.has(objectKey(broadcast, rendition, segmentFile(segment.msn)));
  const cut = lines.split('\n').flatMap((line) => {
    const entry = parseLine(line);
    if (!entry || entry.kind === 'end') return [];
    if (entry.kind !== 'segment' || isKept(entry)) return [line];
    return [JSON.stringify({ ...entry, segment: { ...entry.segment, gap: true, sizeBytes: 0, keyframeBytes: 0 } })];
  });
  return `${[...cut, JSON.stringify({ kind: 'end' } satisfies RecordEntry)].join('\n')}\n`;
}

function parseLine(line: string): RecordEntry | null {
  try {
    return line === '' ? null : (JSON.parse(line) as RecordEntry);
  } catch {
    return null;
  }
}
