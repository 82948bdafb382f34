import { packagerLimits } from '../limits/packager.ts';

/** A rendition that goes on: media that its open segment still lacks, and the part that the next one begins with. */
export interface ComingSegment {
  readonly leftS: number;
  readonly partS: number;
}

/**
 * minimumUpdatePeriod of a low-latency MPD, seconds: a segment is listed once its first part is there, and a player should
 * look just then. What lies between is the media that is to come, so no clock is needed: media comes as fast as time goes.
 * A long wait is divided, so that a run that ends is seen in time; looks are about a second apart, as some players look no
 * more often.
 */
export function updatePeriodS(coming: readonly ComingSegment[]): number {
  const { dashLookMs, dashLookMarginMs } = packagerLimits;
  const lookS = dashLookMs / 1000;
  if (coming.length === 0) return lookS;
  const listedInS = Math.max(...coming.map(({ leftS, partS }) => leftS + partS)) + dashLookMarginMs / 1000;
  return listedInS / Math.max(1, Math.round(listedInS / lookS));
}
