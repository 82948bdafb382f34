import type { BroadcastRecord, TrackRecord } from './record.ts';
import type { ReplayStatus } from './replay-status.ts';

/** What a record says of the replay that it is of. */
export interface ReplaySummary extends Pick<ReplayStatus, 'sizeBytes' | 'durationMs' | 'gapMs'> {
  /** It was longer than a record names: its beginning is left out, and counts nowhere here. */
  readonly isCut: boolean;
}

/**
 * Size, length and holes of a finished broadcast. A hole is a segment that no picture, or no sound, has media of although
 * the broadcast has picture or sound at all; a rung that some runs lack is none.
 */
export function summarizeRecord({ tracks, cut }: BroadcastRecord): ReplaySummary {
  const all = [...tracks.values()];
  const longest = all.toSorted((a, b) => b.timeline.segments.length - a.timeline.segments.length)[0];
  const kinds = (['video', 'audio'] as const)
    .map((kind) => all.filter(({ rendition }) => rendition.kind === kind))
    .filter((some) => some.some(({ timeline }) => timeline.segments.some(({ gap }) => !gap)));
  let durationMs = 0;
  let gapMs = 0;
  const stored = kinds.map((some) => new Set(some.flatMap(storedOf)));
  for (const { msn, durationTicks } of longest?.timeline.segments ?? []) {
    const ms = (durationTicks / (longest?.timeline.timescale ?? 1)) * 1_000;
    durationMs += ms;
    if (stored.length === 0 || stored.some((numbers) => !numbers.has(msn))) gapMs += ms;
  }
  const sizeBytes = all.flatMap(({ timeline }) => timeline.segments).reduce((sum, one) => sum + one.sizeBytes, 0);
  return { sizeBytes, durationMs: Math.round(durationMs), gapMs: Math.round(gapMs), isCut: cut };
}

function storedOf({ timeline }: TrackRecord): number[] {
  return timeline.segments.filter(({ gap }) => !gap).map(({ msn }) => msn);
}
