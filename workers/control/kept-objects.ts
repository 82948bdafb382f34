import { initFile, objectKey, recordFile, segmentFile } from '#shared/model/object-name.ts';
import { entriesOfLine, parseRecord, type RecordEntry } from '#shared/model/record.ts';
import { packEntries } from '#shared/model/record-pack.ts';
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
  return packEntries(entriesKept(broadcast, lines, keys));
}

function* entriesKept(broadcast: string, lines: string, keys: ReadonlySet<string>): Generator<RecordEntry | string> {
  for (const line of lines.split('\n').filter((one) => one !== '')) {
    let isUnderstood = false;
    for (const entry of entriesOfLine(line)) {
      isUnderstood = true;
      if (entry.kind === 'segment') yield keys.has(keyOf(broadcast, entry)) ? entry : asGap(entry);
      else if (entry.kind !== 'end') yield entry;
    }
    if (!isUnderstood) yield line;
  }
  yield { kind: 'end' };
}

type SegmentEntry = Extract<RecordEntry, { kind: 'segment' }>;

function keyOf(broadcast: string, { rendition, segment }: SegmentEntry): string {
  return objectKey(broadcast, rendition, segmentFile(segment.msn));
}

function asGap(entry: SegmentEntry): RecordEntry {
  return { ...entry, segment: { ...entry.segment, gap: true, sizeBytes: 0, keyframeBytes: 0 } };
}
