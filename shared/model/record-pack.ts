import { recordLimits } from '../limits/store.ts';
import { entriesOfLine, type RecordEntry } from './record.ts';
import { type BlockHead, blockHead, continuesBlock, fitsBlock, packBlock } from './segment-block.ts';
import type { TimelineStart } from './timeline.ts';

type SegmentEntry = Extract<RecordEntry, { kind: 'segment' }>;
type RecordedSegment = SegmentEntry['segment'];

/** A line of a record that names segments. */
interface Piece extends BlockHead {
  readonly line: string;
}

/**
 * The lines of a record with its segments in blocks. Where they are more than `segmentsMax` in all renditions together, the
 * oldest are left out, and the record says so. Lines that are not understood stay.
 */
export function packRecord(lines: string, segmentsMax: number = recordLimits.segmentsMax): string {
  const packing = new Packing();
  for (const line of lines.split('\n')) if (line !== '') packing.addLine(line);
  return packing.text(segmentsMax);
}

/** The lines of a record of these entries, its segments in blocks. */
export function packEntries(entries: Iterable<RecordEntry | string>): string {
  const packing = new Packing();
  for (const entry of entries) {
    if (typeof entry === 'string') packing.addLine(entry);
    else packing.add(entry, JSON.stringify(entry));
  }
  return packing.text(Number.POSITIVE_INFINITY);
}

/** How many segments a record names. */
export interface RecordFill {
  /** In all renditions together. */
  readonly segments: number;
  /** There were too many, and the oldest are left out. */
  readonly isCut: boolean;
}

/** How full a record is, by its lines, packed or not. */
export function recordFill(lines: string): RecordFill {
  let segments = 0;
  let isCut = false;
  for (const line of lines.split('\n')) {
    segments += blockHead(line)?.count ?? Number(line.startsWith('{"kind":"segment",'));
    isCut ||= line.startsWith('{"kind":"cut",');
  }
  return { segments, isCut };
}

class Packing {
  /** What is no segment, in order; a rendition is there before its segments are. */
  readonly #others: string[] = [];
  readonly #starts = new Map<string, TimelineStart>();
  readonly #cuts = new Map<string, TimelineStart>();
  readonly #pieces: Piece[] = [];
  readonly #open = new Map<string, RecordedSegment[]>();
  readonly #ends: string[] = [];

  addLine(line: string): void {
    const head = blockHead(line);
    if (head) {
      this.#close(head.rendition);
      this.#pieces.push({ ...head, line });
      return;
    }
    const [entry] = entriesOfLine(line);
    if (entry) this.add(entry, line);
    else if (isJson(line)) this.#others.push(line);
  }

  add(entry: RecordEntry, line: string): void {
    if (entry.kind === 'segment') this.#addSegment(entry, line);
    else if (entry.kind === 'cut') this.#cuts.set(entry.rendition, entry.start);
    else if (entry.kind === 'end') this.#ends.splice(0, 1, line);
    else {
      const { name } = entry.kind === 'track' ? entry.rendition : { name: null };
      if (entry.kind === 'track' && name !== null && !this.#starts.has(name)) this.#starts.set(name, entry.start);
      this.#others.push(line);
    }
  }

  text(segmentsMax: number): string {
    for (const rendition of [...this.#open.keys()]) this.#close(rendition);
    const kept = this.#cut(segmentsMax);
    const cuts = [...this.#cuts].map(([rendition, start]) => {
      return JSON.stringify({ kind: 'cut', rendition, start } satisfies RecordEntry);
    });
    const lines = [...this.#others, ...cuts, ...kept.map(({ line }) => line), ...this.#ends];
    return lines.map((line) => `${line}\n`).join('');
  }

  #addSegment({ rendition, segment }: SegmentEntry, line: string): void {
    const open = this.#open.get(rendition);
    const last = open?.at(-1);
    const fits = fitsBlock(segment);
    if (open && last && fits && open.length < recordLimits.blockSegmentsMax && continuesBlock(last, segment)) {
      open.push(segment);
      return;
    }
    this.#close(rendition);
    if (fits) this.#open.set(rendition, [segment]);
    else this.#pieces.push({ rendition, msn: segment.msn, count: 1, discontinuity: segment.discontinuity, line });
  }

  #close(rendition: string): void {
    const [first, ...more] = this.#open.get(rendition) ?? [];
    this.#open.delete(rendition);
    if (!first) return;
    const block = packBlock(rendition, [first, ...more]);
    this.#pieces.push({ ...block, line: JSON.stringify(block) });
  }

  /**
   * Leaves out what is oldest in any rendition until so many are left, and then what ends with it in the others, whose blocks
   * may end a segment later.
   */
  #cut(segmentsMax: number): readonly Piece[] {
    let count = this.#pieces.reduce((sum, piece) => sum + piece.count, 0);
    if (count <= segmentsMax) return this.#pieces;
    const gone = new Set<Piece>();
    let cutMsn = Number.POSITIVE_INFINITY;
    for (const piece of this.#pieces.toSorted((a, b) => a.msn + a.count - b.msn - b.count)) {
      const endMsn = piece.msn + piece.count;
      if (endMsn > cutMsn + 1) break;
      if (piece.msn >= cutMsn) continue;
      gone.add(piece);
      count -= piece.count;
      if (count <= segmentsMax) cutMsn = Math.min(cutMsn, endMsn);
      const { rendition, discontinuity } = piece;
      const { discontinuitySequence = 0 } = this.#cuts.get(rendition) ?? this.#starts.get(rendition) ?? {};
      this.#cuts.set(rendition, {
        nextMsn: endMsn,
        discontinuitySequence: discontinuitySequence + (discontinuity ? 1 : 0),
      });
    }
    return this.#pieces.filter((piece) => !gone.has(piece));
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
