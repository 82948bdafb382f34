import { expect, test } from 'vitest';
import { defaultLadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { inheritNames, withNames } from '../../origin/transcoder/rung-names.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const plan = planLadder(sourceOf({}), ampleCapacity, defaultLadderWish);
const own = ['v1080', 'v720', 'v480', 'v360'];
const names = (before: readonly string[]) => {
  const inherited = inheritNames(plan, new Map(before.map((name) => [`own-${name}`, name])));
  return withNames(plan, inherited).video.map((rung) => rung.name);
};

test('rungs take over the names that are played, from the top', () => {
  expect(names([])).toEqual(own);
  expect(names(['v576', 'v360'])).toEqual(['v576', 'v360', 'v480', 'v360-2']);
  expect(names(['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'b', 'c', 'd']);
});

test('the pictures stay what they are, and a rung that is left out leaves the others their names', () => {
  const inherited = inheritNames(plan, new Map([['v576', 'v576']]));
  const kept = withNames({ ...plan, video: plan.video.slice(2) }, inherited).video;
  expect(kept.map(({ name, height }) => [name, height])).toEqual([
    ['v480', 480],
    ['v360', 360],
  ]);
});
