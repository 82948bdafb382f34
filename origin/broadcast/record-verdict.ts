import { recordLimits, recordWatchLimits } from '#shared/limits/store.ts';
import type { BroadcastRecord } from '#shared/model/record.ts';
import type { RecordFill } from '#shared/model/record-pack.ts';

/** What a broadcast's record named at one time. */
export interface RecordSample extends RecordFill {
  readonly atMs: number;
}

/** What is to be said of how long a broadcast's record is. */
export interface RecordVerdict {
  /** It will lose its oldest part soon: at this time, as far as can be foreseen. */
  readonly long: { readonly cutAtMs: number | null } | null;
  /** It has lost its oldest part, and goes on losing it. */
  readonly cut: boolean;
}

/** There is room for hours. */
export const roomyRecord: RecordVerdict = Object.freeze({ long: null, cut: false });

/**
 * The verdict on the newer of two samples; null: there is no older one. A record gets no shorter: what is long stays so
 * until it is cut, and what is cut stays so.
 */
export function judgeRecord(newer: RecordSample, older: RecordSample | null, before: RecordVerdict): RecordVerdict {
  if (newer.isCut || before.cut) return { long: null, cut: true };
  const isLong = before.long !== null || newer.segments >= recordWatchLimits.longShare * recordLimits.segmentsMax;
  return { long: isLong ? { cutAtMs: cutAtMs(newer, older) } : null, cut: false };
}

/** When it will name all that it may at the rate of two samples, ms; null: it does not grow, or too little was seen. */
function cutAtMs(newer: RecordSample, older: RecordSample | null): number | null {
  if (!older || newer.segments <= older.segments) return null;
  const msPerSegment = (newer.atMs - older.atMs) / (newer.segments - older.segments);
  return Math.round(newer.atMs + Math.max(0, recordLimits.segmentsMax - newer.segments) * msPerSegment);
}

/** Follows how long a broadcast's record gets. */
export class RecordWatch {
  #newest: RecordSample | null = null;
  #verdict = roomyRecord;

  /** @param restored the record as a process before this one left it */
  constructor(restored: BroadcastRecord | null) {
    if (!restored) return;
    // Not by how fast it grows: lines that are packed later name less than it does.
    this.#verdict = judgeRecord({ ...fillOf(restored), atMs: 0 }, null, roomyRecord);
  }

  get verdict(): RecordVerdict {
    return this.#verdict;
  }

  note(fill: RecordFill, atMs: number): void {
    const newer = { ...fill, atMs };
    this.#verdict = judgeRecord(newer, this.#newest, this.#verdict);
    this.#newest = newer;
  }
}

/** Numbers that are missing count as gaps in what was read, and no line names them. */
function fillOf({ tracks, cut }: BroadcastRecord): RecordFill {
  const named = [...tracks.values()].map(({ timeline }) => timeline.segments.filter(({ gap }) => !gap).length);
  return { segments: named.reduce((sum, count) => sum + count, 0), isCut: cut };
}
