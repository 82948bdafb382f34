import type { ReplayStatus } from '#shared/model/replay-status.ts';
import type { ReplaySummary } from '#shared/model/replay-summary.ts';

/** The status of a replay of which `waiting` objects out of `objects` are not in the bucket. */
export function replayStatus(summary: ReplaySummary | null, waiting: number, objects: number): ReplayStatus {
  const { sizeBytes = 0, durationMs = 0, gapMs = 0, isCut = false } = summary ?? {};
  const known = { sizeBytes, durationMs, gapMs };
  if (waiting > 0)
    return { ...known, state: 'uploading', uploaded: Math.max(0, 1 - waiting / Math.max(objects, waiting)) };
  const isPlayable = durationMs > gapMs;
  return { ...known, state: isPlayable ? (gapMs > 0 || isCut ? 'partial' : 'ready') : 'failed', uploaded: 1 };
}
