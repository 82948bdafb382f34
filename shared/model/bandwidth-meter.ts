import type { MeasuredBandwidth, Rendition } from './rendition.ts';
import type { Segment } from './timeline.ts';

/** How far a segment may lie above the encoder's setting, and above the largest that was seen. */
const declaredHeadroom = 1.25;
const measuredHeadroom = 1.1;

/** Measures what a rendition takes, from its complete segments. */
export class BandwidthMeter {
  #totalBits = 0;
  #totalS = 0;
  #peak = 0;

  /** Counts a segment; short ones do not count for the peak (rfc8216bis 4.1). */
  add(segment: Segment, timescale: number, targetDurationS: number): void {
    const lengthS = segment.durationTicks / timescale;
    if (lengthS <= 0 || segment.gap) return;
    const bits = segment.sizeBytes * 8;
    this.#totalBits += bits;
    this.#totalS += lengthS;
    if (lengthS >= targetDurationS / 2) this.#peak = Math.max(this.#peak, bits / lengthS);
  }

  /**
   * The average as measured. The peak is one that later segments stay below (rfc8216bis 4.4.6.2): players read it once,
   * so it is never less than the encoder's setting with its headroom.
   */
  of({ bitrate }: Rendition): MeasuredBandwidth {
    const peak = Math.round(Math.max(bitrate * declaredHeadroom, this.#peak * measuredHeadroom));
    const measured = this.#totalS === 0 ? bitrate : this.#totalBits / this.#totalS;
    return { peak, average: Math.min(peak, Math.round(measured)) };
  }
}
