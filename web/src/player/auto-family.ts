import { type VideoFamily, videoFamily } from '#shared/model/codec.ts';
import type { Level } from './engine.ts';

/** Where nothing else decides: the fewest bits first. */
const families: readonly VideoFamily[] = ['av1', 'hevc', 'vp9', 'h264'];

/**
 * The family to choose from automatically, for an engine that stays with one: that of the tallest picture, then that
 * with the most levels. Null when no level names a codec that we know.
 */
export function autoFamily(levels: readonly Pick<Level, 'height' | 'codec'>[]): VideoFamily | null {
  const score = (family: VideoFamily) => {
    const heights = levels.filter((level) => videoFamily(level.codec) === family).map((level) => level.height);
    return { family, tallest: Math.max(0, ...heights), count: heights.length };
  };
  const ranked = families.map(score).sort((a, b) => b.tallest - a.tallest || b.count - a.count);
  const [best] = ranked;
  return best && best.count > 0 ? best.family : null;
}
