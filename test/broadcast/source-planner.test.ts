import { expect, it } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { SourcePlanner } from '../../origin/broadcast/source-planner.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from '../transcoder/sources.ts';

function create() {
  let nowMs = 1_790_000_000_000;
  const planner = new SourcePlanner({ ladder: defaultLadderWish, capacity: () => ampleCapacity, now: () => nowMs });
  const rungs = (source = sourceOf({}), shed = 0) =>
    planner.plan(source, shed).plan?.video.map((rung) => `${rung.name}:${rung.mode}`);
  return {
    planner,
    rungs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const { sourceChangesPerMinuteMax } = broadcastLimits;

it('starts an encoder for each change of shape until they come too often; then all is encoded and taken as it comes', () => {
  const { planner, rungs, pass } = create();
  const copied = planner.plan(sourceOf({}), 0).plan;
  for (let i = 0; i < sourceChangesPerMinuteMax; i++) {
    expect(planner.judgeChange('shape', copied)).toBe('restart');
    pass(1_000);
  }
  expect(planner.judgeChange('shape', copied)).toBe('restart');
  expect(rungs()?.[0]).toBe('v1080:encode');
  expect(planner.judgeChange('shape', planner.plan(sourceOf({}), 0).plan)).toBe('carry_on');
  pass(61_000);
  expect(rungs()?.[0]).toBe('v1080:copy');
});

it('refuses an encoder that changes its codec all the time, and not one whose tracks come late', () => {
  const { planner } = create();
  for (let i = 0; i < sourceChangesPerMinuteMax; i++) expect(planner.judgeChange('codec', null)).toBe('restart');
  expect(planner.judgeChange('codec', null)).toBe('refuse');
  expect(planner.judgeChange('track', null)).toBe('restart');
  planner.forgetPublisher();
  expect(planner.judgeChange('codec', null)).toBe('restart');
});

it('lets another size go on under the names that are played, and sheds without renaming', () => {
  const { rungs } = create();
  expect(rungs()).toEqual(['v1080:copy', 'v720:encode', 'v480:encode', 'v360:encode']);
  expect(rungs(sourceOf({}), 1)).toEqual(['v1080:copy', 'v480:encode', 'v360:encode']);
  expect(rungs(sourceOf({ width: 1_280, height: 720 }))).toEqual(['v1080:copy', 'v720:encode', 'v480:encode']);
});

it('encodes what has lost its passthrough until another publisher comes', () => {
  const { planner, rungs } = create();
  planner.losePassthrough('video.fps_mismatch');
  expect(planner.plan(sourceOf({}), 0).findings.get('video.fps_mismatch')).toBe(true);
  expect(rungs()?.[0]).toBe('v1080:encode');
  planner.forgetPublisher();
  expect(rungs()?.[0]).toBe('v1080:copy');
});
