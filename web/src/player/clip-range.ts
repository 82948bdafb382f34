import { pageLimits } from '#shared/limits/page.ts';
import { clamp, type MediaRange } from './media-range.ts';

/**
 * The stretch that the handles move in: all that can be played, or of a long replay what lies around the position,
 * so that a second is still a distance that a hand can choose.
 */
export function stripAround(playable: MediaRange, positionS: number): MediaRange {
  const { startS, endS } = playable;
  const widthS = pageLimits.clipStripSMax;
  if (endS - startS <= widthS) return playable;
  // More of the past than of the future: what is worth a clip has just been seen.
  const first = clamp(positionS - widthS * 0.75, { startS, endS: endS - widthS });
  return { startS: first, endS: first + widthS };
}

/** The last half minute before the position; where less lies before it, the first half minute of the strip. */
export function defaultClip(strip: MediaRange, positionS: number): MediaRange {
  const lengthS = Math.min(pageLimits.clipDefaultS, strip.endS - strip.startS);
  const endS = Math.max(clamp(positionS, strip), strip.startS + lengthS);
  return { startS: endS - lengthS, endS };
}

/** The clip with another beginning: inside the strip, and not shorter than a clip may be. */
export function withStart(clip: MediaRange, startS: number, strip: MediaRange): MediaRange {
  return { ...clip, startS: clamp(startS, { startS: strip.startS, endS: clip.endS - shortestS(strip) }) };
}

/** The clip with another end. */
export function withEnd(clip: MediaRange, endS: number, strip: MediaRange): MediaRange {
  return { ...clip, endS: clamp(endS, { startS: clip.startS + shortestS(strip), endS: strip.endS }) };
}

function shortestS({ startS, endS }: MediaRange): number {
  return Math.min(pageLimits.clipSMin, endS - startS);
}

/** The path of a clip as a slice of its broadcast, or null where the timeline has no clock. */
export function slicePath(base: string, startMs: number | null, endMs: number | null): string | null {
  if (startMs === null || endMs === null) return null;
  const iso = (ms: number) => new Date(Math.round(ms)).toISOString();
  return `${base}?start=${iso(startMs)}&end=${iso(endMs)}`;
}
