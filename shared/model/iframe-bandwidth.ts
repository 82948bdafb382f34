import type { MeasuredBandwidth } from './rendition.ts';
import type { RenditionTimeline } from './timeline.ts';

/** How far a later I-frame may lie above the largest that was seen: players read the declaration once. */
const headroom = 1.25;

/**
 * Bandwidth of an I-frame playlist (rfc8216bis 4.4.6.3): the I-frames in the window over the distances between them.
 * The open segment counts as one of full length, so that there is a figure from the first part on; null without I-frames.
 */
export function measureIframes(timeline: RenditionTimeline): MeasuredBandwidth | null {
  const { open, timescale, targetDurationS } = timeline;
  let totalBits = 0;
  let totalS = 0;
  let peak = 0;
  const add = (bits: number, lengthS: number) => {
    totalBits += bits;
    totalS += lengthS;
    // Peaks are those of spans from half a target duration on (rfc8216bis 4.1).
    if (lengthS >= targetDurationS / 2) peak = Math.max(peak, bits / lengthS);
  };
  for (const { keyframeBytes, durationTicks } of timeline.segments) {
    if (keyframeBytes > 0) add(8 * keyframeBytes, durationTicks / timescale);
  }
  if (open && open.keyframeBytes > 0) add(8 * open.keyframeBytes, targetDurationS);
  if (totalS === 0) return null;
  const average = totalBits / totalS;
  return { peak: Math.round(Math.max(peak, average) * headroom), average: Math.round(average) };
}
