import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChunkFault, ChunkPlay, type ChunkScene, type ChunkStep } from '../support/chunk-play.ts';
import { ManifestWatch } from '../support/manifest-watch.ts';

const anyScene: fc.Arbitrary<ChunkScene> = fc
  .record({
    rate: fc.constantFrom(
      { frames: 6, ticks: 3_000 },
      { frames: 5, ticks: 3_600 },
      { frames: 6, ticks: 3_003 },
      { frames: 12, ticks: 1_500 },
    ),
    gopParts: fc.constantFrom(5, 10, 20),
    lagParts: fc.constantFrom(null, 0, 1, 3, 15),
    sound: fc.constantFrom('audio', 'audio', 'opus', null),
    stores: fc.boolean(),
    dvrWindowS: fc.constantFrom(30, 7_200),
  })
  // Where keyframes are ours, they come with the segments.
  .map((scene) => (scene.lagParts === null ? { ...scene, gopParts: 10 } : scene));

const track = fc.nat(2);
const anyParts = (...whats: readonly ChunkFault[]) =>
  fc.record({
    kind: fc.constant('parts' as const),
    count: fc.integer({ min: 1, max: 24 }),
    soundFirst: fc.boolean(),
    fault: fc.option(fc.record({ what: fc.constantFrom(...whats), track, at: fc.nat(12) })),
  });
const late = fc.record({ track, parts: fc.integer({ min: 1, max: 15 }) });
const changeWith = (late: fc.Arbitrary<{ track: number; parts: number } | null>) =>
  fc.record({
    kind: fc.constantFrom('restart', 'takeover', 'kill'),
    pauseMs: fc.nat(20_000),
    without: fc.option(track, { freq: 3 }),
    late,
  });
const stop = fc.record({ kind: fc.constant('stop' as const), track });
const steadySteps: readonly fc.WeightedArbitrary<ChunkStep>[] = [
  { weight: 10, arbitrary: anyParts('twice') },
  { weight: 3, arbitrary: changeWith(fc.constant(null)) },
];
const unsteadySteps: readonly fc.WeightedArbitrary<ChunkStep>[] = [
  { weight: 8, arbitrary: anyParts('missing', 'twice', 'late') },
  { weight: 2, arbitrary: changeWith(fc.option(late)) },
  { weight: 1, arbitrary: stop },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('hole' as const), lastsMs: fc.integer({ min: 100, max: 5_000 }) }),
  },
];
const anySteps = (steps: readonly fc.WeightedArbitrary<ChunkStep>[]) =>
  fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 10 });

/**
 * Together about five seconds on a quiet machine, and the same cases each time: at the desk, HEADWATER_SEED and
 * HEADWATER_RUNS look at others.
 */
const numRuns = Number(process.env.HEADWATER_RUNS ?? 8);
const seed = Number(process.env.HEADWATER_SEED ?? 29_112_026);
const patienceMs = 60_000 * Math.max(1, numRuns / 8);

function playAll(scene: ChunkScene, steps: readonly ChunkStep[]): ManifestWatch {
  const watch = new ManifestWatch();
  const play: ChunkPlay = new ChunkPlay(scene, () => {
    const { live, nowMs } = play;
    const { window, packager, stored } = live;
    const isStored = (path: string) => stored.has(path) || play.stored.has(path);
    watch.look({ window, names: [...packager.tracks.keys()], nowMs, isStored });
  });
  for (const step of steps) play.play(step);
  play.end();
  return watch;
}

/** A process that is killed takes its open segment with it (decision 12). */
const lostSegment = /^dash-constant MUST .*: the timeline went back$/;
/** Dates tell of media that is missing: what comes after it begins later; and where a segment lacks its end, so does a hint. */
const missingMedia =
  /^hls-program-date-time SHOULD .*: [\d.]+ ms off from|^rule-35 MUST |^dash-pto MUST .* ends |^dash-time-offset /;
/** No foretold duration holds through a hole or an early keyframe. */
const brokenPromise = /^dash-constant MUST .* became /;

const unexpected = (watch: ManifestWatch, ...expected: readonly RegExp[]) =>
  watch.findings().filter((finding) => !expected.some((one) => one.test(finding)));

it(
  'keeps every rule while the source is steady, whatever becomes of encoder and process',
  () => {
    fc.assert(
      fc.property(anyScene, anySteps(steadySteps), (scene, steps) => {
        expect(unexpected(playAll(scene, steps), lostSegment)).toEqual([]);
      }),
      { numRuns, seed },
    );
  },
  patienceMs,
);

it(
  'keeps every rule that can be kept while media is missing, twice or late and keyframes come as they like',
  () => {
    fc.assert(
      fc.property(anyScene, anySteps(unsteadySteps), (scene, steps) => {
        expect(unexpected(playAll(scene, steps), lostSegment, missingMedia, brokenPromise)).toEqual([]);
      }),
      { numRuns, seed },
    );
  },
  patienceMs,
);

const calm: ChunkScene = {
  ...{ rate: { frames: 6, ticks: 3_000 }, gopParts: 10, lagParts: null },
  ...{ sound: 'audio', stores: false, dvrWindowS: 30 },
};
const parts = (count: number): ChunkStep => ({ kind: 'parts', count, soundFirst: false, fault: null });
const restart = (pauseMs: number): ChunkStep => ({ kind: 'restart', pauseMs, without: null, late: null });

it('leaves sound enough to play whose newest segment is not complete yet', () => {
  const steps = [parts(1), restart(12_000), restart(11_000), parts(30)];
  expect(unexpected(playAll(calm, steps), lostSegment)).toEqual([]);
});

it(
  'writes the same texts for the same chunks',
  () => {
    fc.assert(
      fc.property(anyScene, anySteps(unsteadySteps), (scene, steps) => {
        const [first, second] = [playAll(scene, steps), playAll(scene, steps)];
        expect(second.texts.join('')).toBe(first.texts.join(''));
      }),
      { numRuns: 3, seed },
    );
  },
  patienceMs,
);
