import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryAt,
  createGrid,
  expectedBoundaryAt,
  type Grid,
  gridKeyframe,
  gridProgress,
  gridSettle,
  gridStill,
  reachesBoundary,
  targetDurationOf,
} from '../../origin/packager/grid.ts';

const keyframes = (grid: Grid, times: readonly number[]) => times.reduce(gridKeyframe, grid);

describe('target duration', () => {
  it.each([
    [2_000, 2],
    [1_000, 2],
    [500, 2],
    [1_500, 3],
    [2_002, 2],
    [1_001, 2],
    [3_000, 3],
    [4_000, 4],
  ])('of keyframes every %i ms is %i s', (keyframeMs, seconds) => {
    expect(targetDurationOf(keyframeMs)).toBe(seconds);
  });
});

describe('a grid of source keyframes', () => {
  it('cuts at every second keyframe of a second', () => {
    const grid = keyframes(createGrid('source', 1_000, 2), [0, 1_000, 2_000, 3_000, 4_000]);
    expect(grid.boundaries).toEqual([2_000, 4_000]);
  });

  it('cuts a picture that stands still into segments of about two seconds, and keeps the source’s own interval', () => {
    const moving = keyframes(createGrid('source', 1_000, 2), [0, 1_000, 2_000]);
    const times = Array.from({ length: 30 }, (_, i) => 2_200 + i * 200);
    const still = times.reduce(gridStill, moving);
    expect(still.boundaries).toEqual([2_000, 3_800, 5_600, 7_400]);
    expect(keyframes(still, [8_300]).keyframeMs).toBe(1_000);
  });

  it('cuts early when waiting for the next keyframe could break the target duration', () => {
    const grid = keyframes(createGrid('source', 2_000, 2), [0, 1_200, 3_200, 3_500, 5_500]);
    expect(grid.boundaries).toEqual([1_200, 3_200, 5_500]);
  });

  it.each([
    ['cuts at every keyframe of 1.5 s, with half a part in front of it', 30, 6, 1_500, [1_500, 3_000, 4_500, 6_000]],
    [
      'cuts at every keyframe of a second, with four of five frames in front of it',
      24,
      5,
      1_000,
      [1_000, 2_000, 3_000, 4_000],
    ],
    ['does not where parts fit in', 30, 6, 1_000, [2_000, 4_000]],
    ['does not where the last part is nearly whole', 30, 7, 900, [2_700]],
  ])('%s', (_, frameRate, frames, gopMs, boundaries) => {
    const parts = { frames, frameMs: 1_000 / frameRate };
    const grid = keyframes(
      createGrid('source', gopMs, 3, parts),
      [0, 1, 2, 3, 4].map((gop) => gop * gopMs),
    );
    expect(grid.boundaries).toEqual(boundaries);
    const expected = expectedBoundaryAt(grid, boundaries.length) ?? 0;
    expect(expected - (boundaries.at(-1) ?? 0)).toBe(boundaries[0]);
  });

  it('leaves a short part where the segment would be too short for its sound', () => {
    const parts = { frames: 6, frameMs: 1_000 / 30 };
    expect(keyframes(createGrid('source', 2_000, 2, parts), [0, 300, 2_300]).boundaries).toEqual([2_300]);
    expect(keyframes(createGrid('source', 1_000, 2, parts), [0, 300, 1_300]).boundaries).toEqual([]);
    expect(keyframes(createGrid('source', 1_000, 2, parts), [0, 500, 1_500]).boundaries).toEqual([500]);
  });

  it('never makes a segment longer than the target allows, whatever the keyframes do', () => {
    const steps = fc.array(fc.integer({ min: 33, max: 9_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(500, 1_000, 2_000, 3_000, 4_000), steps, (gopMs, gaps) => {
        const targetDurationS = targetDurationOf(gopMs);
        let grid = gridKeyframe(createGrid('source', gopMs, targetDurationS), 0);
        let nowMs = 0;
        for (const gapMs of gaps) {
          const keyMs = nowMs + gapMs;
          for (let endMs = nowMs + 200; endMs < keyMs; endMs += 200) grid = gridProgress(grid, endMs - 200, endMs);
          grid = gridKeyframe(grid, keyMs);
          nowMs = keyMs;
        }
        const all = [0, ...grid.boundaries];
        const longest = Math.max(0, ...all.slice(1).map((end, i) => end - (all[i] as number)));
        if (grid.dropped === 0) expect(longest).toBeLessThanOrEqual(targetDurationS * 1_000 + 499);
      }),
    );
  });
});

describe('keyframes that are known long before their media', () => {
  const known = keyframes(createGrid('source', 1_000, 2), [0, 1_000, 2_000, 6_000, 7_000, 8_000]);
  const parts = (grid: Grid, fromMs: number, toMs: number) => {
    let next = grid;
    for (let endMs = fromMs + 200; endMs <= toMs; endMs += 200) next = gridProgress(next, endMs - 200, endMs);
    return next;
  };

  it('do not make a segment longer than the target allows while there is media', () => {
    expect(known.boundaries).toEqual([2_000]);
    expect(parts(known, 0, 8_000).boundaries).toEqual([2_000, 4_400, 6_000, 7_000, 8_000]);
  });

  it('end the segment before a hole', () => {
    const before = parts(known, 0, 3_000);
    expect(before.boundaries).toEqual([2_000]);
    expect(gridProgress(before, 6_000, 6_200).boundaries).toEqual([2_000, 6_000, 7_000, 8_000]);
  });

  it('never make one too long, however late the media', () => {
    const gaps = fc.array(fc.integer({ min: 33, max: 9_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        fc.constantFrom(500, 1_000, 2_000, 4_000),
        gaps,
        fc.integer({ min: 0, max: 20_000 }),
        (gopMs, steps, lateMs) => {
          let grid = gridKeyframe(createGrid('source', gopMs, targetDurationOf(gopMs)), 0);
          let atMs = 0;
          const keys = steps.map((step) => {
            atMs += step;
            return atMs;
          });
          for (let endMs = 200; endMs < atMs; endMs += 200) {
            while (keys[0] !== undefined && keys[0] <= endMs + lateMs) grid = gridKeyframe(grid, keys.shift() ?? 0);
            grid = gridProgress(grid, endMs - 200, endMs);
          }
          const all = [0, ...grid.boundaries];
          const longest = Math.max(0, ...all.slice(1).map((end, i) => end - (all[i] as number)));
          if (grid.dropped === 0) expect(longest).toBeLessThanOrEqual(targetDurationOf(gopMs) * 1_000 + 499);
        },
      ),
    );
  });
});

describe('a fixed grid', () => {
  it('knows the end of a segment before its media has arrived', () => {
    const grid = gridProgress(createGrid('fixed', 2_000, 2), 10, 210);
    expect([boundaryAt(grid, 0), boundaryAt(grid, 1)]).toEqual([2_010, null]);
    expect(reachesBoundary(grid, 0, 2_003)).toBe(true);
    expect(reachesBoundary(grid, 0, 1_977)).toBe(false);
  });

  it('follows what the leading rendition really did', () => {
    const grid = gridSettle(gridProgress(createGrid('fixed', 2_000, 2), 0, 1_900), 0, 2_002);
    expect(gridProgress(grid, 2_002, 2_202).boundaries).toEqual([2_002, 4_002]);
  });
});
