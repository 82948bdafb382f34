import { packagerLimits } from '#shared/limits/packager.ts';
import type { RenditionTimeline } from '#shared/model/timeline.ts';
import type { RenditionTrack } from './rendition-track.ts';

/**
 * First segment, as msn, that a viewer may go back to: the one in which the newest `dvrWindowS` seconds begin; after a
 * long interruption those hold little, but a playlist never gets too short to play (rfc8216bis 6.2.2).
 */
function dvrStart(timeline: RenditionTimeline, dvrWindowS: number): number {
  const { segments, timescale } = timeline;
  const last = segments.at(-1);
  const first = segments[0];
  if (!first || !last || dvrWindowS === Number.POSITIVE_INFINITY) return first?.msn ?? 0;
  const sinceMs = last.programDateTimeMs + (last.durationTicks / timescale) * 1000 - dvrWindowS * 1000;
  const kept = segments.find((one) => one.programDateTimeMs + (one.durationTicks / timescale) * 1000 > sinceMs);
  return Math.min(kept?.msn ?? last.msn, playableStart(timeline));
}

/** Where the shortest playlist begins that may be left when segments are removed. */
function playableStart({ segments, timescale, targetDurationS }: RenditionTimeline): number {
  let leftTicks = packagerLimits.windowTargetDurationsMin * targetDurationS * timescale;
  for (const segment of segments.toReversed()) {
    leftTicks -= segment.durationTicks;
    if (leftTicks <= 0) return segment.msn;
  }
  return segments[0]?.msn ?? 0;
}

/**
 * Keeps a broadcast inside its limits of time and memory. It begins at the same segment in all renditions. What the
 * store has is listed for the whole window and soon leaves memory; what is in memory only is listed for as long as it
 * may stay there, and kept for as long again (rfc8216bis 6.2.2).
 */
export function retain(
  tracks: readonly RenditionTrack[],
  dvrWindowS: number,
  bytesMax: number = packagerLimits.memoryBytesMax,
): void {
  const nextMsn = Math.max(0, ...tracks.map((track) => track.timeline.nextMsn));
  const window = windowStart(oldest(tracks), nextMsn, dvrWindowS);
  let unstoredMax: number = packagerLimits.memorySegmentsUnstored;
  for (;;) {
    const stored = Math.min(unstoredMax, packagerLimits.memorySegmentsStored);
    const lost = Math.max(...tracks.map((track) => track.media.unstoredBefore(nextMsn - unstoredMax)), -1);
    const first = Math.max(window, lost + 1);
    const hold = { storedBefore: nextMsn - stored, anyBefore: nextMsn - 2 * unstoredMax };
    for (const track of tracks) track.trim(first, hold);
    const sizeBytes = tracks.reduce((sum, track) => sum + track.media.sizeBytes, 0);
    if (sizeBytes <= bytesMax || unstoredMax <= 3) return;
    unstoredMax--;
  }
}

/** All of them may go back to it, and one whose newest segment is not complete yet keeps enough to play, too. */
function windowStart(tracks: readonly RenditionTrack[], nextMsn: number, dvrWindowS: number): number {
  const wanted = Math.max(0, ...tracks.map((track) => dvrStart(track.timeline, dvrWindowS)));
  const alongside = tracks.filter((track) => track.timeline.nextMsn >= nextMsn - 1);
  return Math.min(wanted, ...alongside.map((track) => playableStart(track.timeline)));
}

/** The tracks that go back furthest: one that was added later has less to show, and does not cut the others short. */
function oldest(tracks: readonly RenditionTrack[]): RenditionTrack[] {
  const first = (track: RenditionTrack) => track.timeline.segments[0]?.msn ?? Number.POSITIVE_INFINITY;
  const firstMsn = Math.min(...tracks.map(first));
  return tracks.filter((track) => first(track) === firstMsn);
}
