import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Listed, mediaFrom, type Stretch } from '../../web/src/player/holes.ts';

const [hole, media] = [true, false];
/** Segments of two seconds, and parts of half a second of what comes after them. */
function listed(segments: readonly boolean[], parts: readonly boolean[] | null = null): Listed {
  const fragments = segments.map((gap, index) => ({ start: 2 * index, end: 2 * index + 2, gap }));
  const startS = 2 * segments.length;
  const fragment: Stretch = { start: startS, end: startS + 2 };
  const partOf = (gap: boolean, index: number) => {
    const start = startS + index / 2;
    return { start, end: start + 0.5, gap, fragment };
  };
  return { fragments, partList: parts?.map(partOf) ?? null };
}

it('is where it was wanted, where there is media', () => {
  expect(mediaFrom(listed([media, hole, media]), 1.5)).toBe(1.5);
  expect(mediaFrom(listed([media, hole], [media, media]), 4.7)).toBe(4.7);
});

it('is behind a hole', () => {
  expect(mediaFrom(listed([media, hole, hole, media]), 2)).toBe(6);
  expect(mediaFrom(listed([media, hole], [media]), 3.9)).toBe(4);
  expect(mediaFrom(listed([media, hole], [hole, media]), 3)).toBe(4.5);
});

it('is nowhere while a playlist ends in a hole', () => {
  expect(mediaFrom(listed([media, hole, hole]), 5.2)).toBe(null);
  expect(mediaFrom(listed([media, hole], [hole]), 2)).toBe(null);
});

it('is left alone past the end of a playlist, and where nothing is listed', () => {
  expect(mediaFrom(listed([media, media]), 9)).toBe(9);
  expect(mediaFrom(listed([hole, media]), 9)).toBe(9);
  expect(mediaFrom(listed([]), 3)).toBe(3);
});

it('does not take parts of a segment that is a hole', () => {
  const { fragments } = listed([media, hole]);
  const last = fragments[1] as Stretch;
  const partList = [{ start: 2, end: 3, gap: media, fragment: last }];
  expect(mediaFrom({ fragments, partList }, 2)).toBe(null);
});

it('is never before what was wanted, and never in a hole', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), fc.double({ min: 0, max: 30, noNaN: true }), (gaps, atS) => {
      const found = mediaFrom(listed(gaps), atS);
      if (found === null) return gaps.at(-1);
      return (found >= atS && gaps[Math.floor(found / 2)] !== true) || found >= 2 * gaps.length;
    }),
  );
});
