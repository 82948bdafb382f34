import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sourceHealthLimits } from '#shared/limits/ingest.ts';
import { type Arrived, createArrivalWatch, watchArrival } from '../../origin/ingest/arrival-watch.ts';

const startMs = 1_790_000_000_000;
const stepMs = 40;

/** What was told of frames, one every 40 ms of media, that arrive so: each change with the second of its arrival. */
function told(seconds: number, arrivalOf: (mediaMs: number) => number): string[] {
  const frames = Array.from({ length: (seconds * 1_000) / stepMs }, (_, i) => i * stepMs);
  const arrived = frames.map((mediaMs) => ({ mediaMs, arrivalMs: startMs + arrivalOf(mediaMs) }));
  return changes(arrived.toSorted((a, b) => a.arrivalMs - b.arrivalMs));
}

function changes(frames: readonly Arrived[]): string[] {
  const seen: string[] = [];
  let state = createArrivalWatch();
  for (const frame of frames) {
    const next = watchArrival(state, frame);
    const second = Math.floor((frame.arrivalMs - startMs) / 1_000);
    if (next.fast !== state.fast) seen.push(`${next.fast ? 'fast' : 'not fast'} at ${second}`);
    if (next.uneven !== state.uneven) seen.push(`${next.uneven ? 'uneven' : 'even'} at ${second}`);
    state = next;
  }
  return seen;
}

/** Frames come in blocks of this many ms, each block at once. */
const inBlocks = (blockMs: number) => (ms: number) => Math.ceil((ms + 1) / blockMs) * blockMs;

test.each<[string, number, (mediaMs: number) => number, string[]]>([
  ['as it is made', 120, (ms) => ms, []],
  ['a clock that is 4 % fast', 300, (ms) => ms / 1.04, []],
  ['a clock that is 4 % slow', 300, (ms) => ms / 0.96, []],
  ['six seconds at once in the beginning', 60, (ms) => Math.max(0, ms - 6_000), []],
  ['a minute at once', 60, () => 0, ['fast at 0']],
  ['three times as fast', 60, (ms) => ms / 3, ['fast at 4']],
  ['a tenth too fast', 120, (ms) => ms / 1.1, ['fast at 45']],
  ['fast for 30 s, then as it is made', 150, (ms) => Math.max(ms / 3, ms - 20_000), ['fast at 4', 'not fast at 60']],
  ['an outage of 5 s and all of it at once', 60, (ms) => (ms < 20_000 ? ms : Math.max(25_000, ms)), []],
  ['a delay that grows by 2 s once', 60, (ms) => (ms < 20_000 ? ms : ms + 2_000), []],
  ['blocks of 400 ms', 60, inBlocks(400), []],
  ['blocks of 1 s', 60, inBlocks(1_000), ['uneven at 6']],
  ['blocks of 2 s', 60, inBlocks(2_000), ['uneven at 12']],
  ['a stop of 0.8 s every 10 s', 90, (ms) => (ms % 10_000 < 800 ? ms - (ms % 10_000) + 800 : ms), []],
  ['blocks for 20 s', 90, (ms) => (ms < 20_000 ? inBlocks(1_000)(ms) : ms), ['uneven at 6', 'even at 39']],
])('%s', (_, seconds, arrivalOf, expected) => {
  expect(told(seconds, arrivalOf)).toEqual(expected);
});

test('a wall clock that is set back is no haste of the source', () => {
  const frames = Array.from({ length: 1_500 }, (_, i) => i * stepMs);
  const setBack = (ms: number) => startMs + ms - (ms > 20_000 ? 3_600_000 : 0);
  expect(changes(frames.map((mediaMs) => ({ mediaMs, arrivalMs: setBack(mediaMs) })))).toEqual([]);
});

test('whatever arrives within the limit of its time is neither', () => {
  const delays = fc.array(fc.nat(sourceHealthLimits.lateMsMax), { minLength: 1_500, maxLength: 1_500 });
  fc.assert(
    fc.property(delays, (delaysMs) => {
      let reachedMs = 0;
      const arrived = delaysMs.map((delayMs, i) => {
        reachedMs = Math.max(reachedMs, i * stepMs + delayMs);
        return { mediaMs: i * stepMs, arrivalMs: startMs + reachedMs };
      });
      expect(changes(arrived)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
