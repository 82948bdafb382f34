import { expect, test } from 'vitest';
import { defaultLadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { sheddableRungs, shedRungs } from '../../origin/transcoder/shed.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const source = sourceOf({});
const copied = planLadder(source, ampleCapacity, defaultLadderWish);
const encoded = planLadder(source, ampleCapacity, { ...defaultLadderWish, passthrough: false });
const rungs = (plan: typeof copied) => plan.video.map((rung) => `${rung.name}:${rung.mode}`);

test('the most expensive encoded rung goes first, and what is passed through stays', () => {
  expect(rungs(copied)).toEqual(['v1080:copy', 'v720:encode', 'v480:encode', 'v360:encode']);
  expect(rungs(shedRungs(copied, source, 1))).toEqual(['v1080:copy', 'v480:encode', 'v360:encode']);
  expect(rungs(shedRungs(copied, source, 9))).toEqual(['v1080:copy']);
  expect(sheddableRungs(copied)).toBe(3);
});

test('one rung is left where all are encoded', () => {
  expect(sheddableRungs(encoded)).toBe(encoded.video.length - 1);
  expect(rungs(shedRungs(encoded, source, 9))).toEqual(['v360:encode']);
  expect(sheddableRungs(shedRungs(encoded, source, 9))).toBe(0);
});

test('a shed ladder costs less, and nothing when only the source is left', () => {
  expect(shedRungs(copied, source, 1).cost).toBeLessThan(copied.cost);
  expect(shedRungs(copied, source, 3).cost).toBe(0);
  expect(shedRungs(copied, source, 0)).toBe(copied);
});
