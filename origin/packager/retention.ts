import { packagerLimits } from '#shared/limits.ts';
import type { RenditionTimeline } from '#shared/model/timeline.ts';
import type { RenditionTrack } from './rendition-track.ts';

/** First segment, as msn, that a viewer may go back to: the one in which the newest `dvrWindowS` seconds begin. */
export function dvrStart({ segments, timescale }: RenditionTimeline, dvrWindowS: number): number {
  const last = segments.at(-1);
  const first = segments[0];
  if (!first || !last || dvrWindowS === Number.POSITIVE_INFINITY) return first?.msn ?? 0;
  const sinceMs = last.programDateTimeMs + (last.durationTicks / timescale) * 1000 - dvrWindowS * 1000;
  const kept = segments.find((one) => one.programDateTimeMs + (one.durationTicks / timescale) * 1000 > sinceMs);
  return kept?.msn ?? last.msn;
}

/**
 * Keeps a broadcast inside its limits of time and memory. It begins at the same segment in all renditions. What the
 * store has is listed for the whole window and soon leaves memory; what is in memory only is listed for as long as it
 * may stay there, and kept for as long again (rfc8216bis 6.2.2).
 */
export function retain(tracks: readonly RenditionTrack[], dvrWindowS: number): void {
  const nextMsn = Math.max(0, ...tracks.map((track) => track.timeline.nextMsn));
  const window = Math.max(0, ...oldest(tracks).map((track) => dvrStart(track.timeline, dvrWindowS)));
  let unstoredMax: number = packagerLimits.memorySegmentsUnstored;
  for (;;) {
    const stored = Math.min(unstoredMax, packagerLimits.memorySegmentsStored);
    const lost = Math.max(...tracks.map((track) => track.media.unstoredBefore(nextMsn - unstoredMax)), -1);
    const first = Math.max(window, lost + 1);
    const hold = { storedBefore: nextMsn - stored, anyBefore: nextMsn - 2 * unstoredMax };
    for (const track of tracks) track.trim(first, hold);
    const sizeBytes = tracks.reduce((sum, track) => sum + track.media.sizeBytes, 0);
    if (sizeBytes <= packagerLimits.memoryBytesMax || unstoredMax <= 3) return;
    unstoredMax--;
  }
}

/** The tracks that go back furthest: one that was added later has less to show, and does not cut the others short. */
function oldest(tracks: readonly RenditionTrack[]): RenditionTrack[] {
  const first = (track: RenditionTrack) => track.timeline.segments[0]?.msn ?? Number.POSITIVE_INFINITY;
  const firstMsn = Math.min(...tracks.map(first));
  return tracks.filter((track) => first(track) === firstMsn);
}
