import type { SourceVideo } from '#shared/model/source.ts';

/** Heights that viewers know, tallest first. A picture's "height" is its short side, so portrait is like landscape. */
export const standardHeights: readonly number[] = Object.freeze([2160, 1440, 1080, 720, 480, 360, 240]);

/** A rung must be at least this much lower than the source to be worth encoding. */
const stepMin = 1.2;
/** The floor of a usual ladder; lower rungs exist for lower sources and for small machines. */
const floorHeight = 360;

const bitsPerSecondAt30: readonly (readonly [number, number])[] = [
  [240, 400_000],
  [360, 700_000],
  [480, 1_200_000],
  [720, 2_500_000],
  [1080, 4_500_000],
  [1440, 8_000_000],
  [2160, 14_000_000],
];
const highFrameRate = 35;
const highFrameRateFactor = 1.5;

/** Short side of a picture, pixels. */
export function heightOf(picture: Pick<SourceVideo, 'width' | 'height'>): number {
  return Math.min(picture.width, picture.height);
}

/** Heights below the source that a rung may have, tallest first: the wished ones, else the standard ones. */
export function heightsBelow(sourceHeight: number, wished: readonly number[] | null): readonly number[] {
  if (wished) {
    const usable = wished.map(toEven).filter((height) => height >= 2 && height < toEven(sourceHeight));
    return [...new Set(usable)].sort((a, b) => b - a);
  }
  const below = standardHeights.filter((height) => height * stepMin <= sourceHeight);
  return below.includes(floorHeight) ? below.filter((height) => height >= floorHeight) : below;
}

/**
 * Chooses `count` of the heights (tallest first) with the widest useful spread: the lowest first, then whatever best
 * halves the widest gap in ratio. `top` is above them and already taken.
 */
export function spread(heights: readonly number[], count: number, top: number): readonly number[] {
  const lowest = heights.at(-1);
  if (count <= 0 || lowest === undefined) return [];
  const chosen = [lowest];
  while (chosen.length < count) {
    const rest = heights.filter((height) => !chosen.includes(height));
    if (rest.length === 0) break;
    chosen.push(rest.reduce((a, b) => (gapAfter(chosen, top, b) < gapAfter(chosen, top, a) ? b : a)));
  }
  return chosen.sort((a, b) => b - a);
}

/** Size of a rung: the source's shape at a height, both sides even. */
export function sizeAt(source: Pick<SourceVideo, 'width' | 'height'>, height: number) {
  const own = heightOf(source);
  if (height >= own) return { width: toEven(source.width), height: toEven(source.height) };
  const side = (length: number) => Math.max(2, Math.round((length * height) / own / 2) * 2);
  return { width: side(source.width), height: side(source.height) };
}

/**
 * Bits per second for a height and frame rate: no more than the source has, but at least half of the usual, for the
 * source is measured at its start, which may be a still picture. 0: not measured.
 */
export function bitrateAt(height: number, frameRate: number, sourceBitrate: number): number {
  const factor = frameRate > highFrameRate ? highFrameRateFactor : 1;
  const usual = Math.round((interpolate(height) * factor) / 1_000) * 1_000;
  if (sourceBitrate <= 0) return usual;
  return Math.min(usual, Math.max(Math.round(sourceBitrate), usual / 2));
}

/** Sum of squared logarithms of the steps: smallest when steps are even. */
function gapAfter(chosen: readonly number[], top: number, added: number): number {
  const ladder = [top, ...chosen, added].sort((a, b) => b - a);
  return ladder.slice(1).reduce((sum, height, i) => sum + Math.log((ladder[i] ?? height) / height) ** 2, 0);
}

function interpolate(height: number): number {
  const [lowest, ...rest] = bitsPerSecondAt30;
  let below = lowest ?? [1, 1];
  if (height <= below[0]) return below[1] * (height / below[0]) ** 1.5;
  for (const above of rest) {
    if (height <= above[0]) {
      const share = Math.log(height / below[0]) / Math.log(above[0] / below[0]);
      return below[1] * (above[1] / below[1]) ** share;
    }
    below = above;
  }
  return below[1];
}

function toEven(length: number): number {
  return Math.floor(length / 2) * 2;
}
