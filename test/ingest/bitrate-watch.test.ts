import { expect, test } from 'vitest';
import { breakBitrate, createBitrateWatch, watchBitrate } from '../../origin/ingest/bitrate-watch.ts';

const usual = 4_500_000;
const fps = 25;

/** What was told of a picture with a keyframe every `gopS`, whose bitrate at a time is so: each change with its second. */
function told(seconds: number, bitrateAt: (second: number) => number, gopS = 2, holesS: readonly number[] = []) {
  const seen: string[] = [];
  let state = createBitrateWatch();
  for (let i = 0; i < seconds * fps; i++) {
    const second = Math.floor(i / fps);
    if (holesS.includes(second)) {
      state = breakBitrate(state);
      continue;
    }
    const keyframe = i % (gopS * fps) === 0;
    // A keyframe takes half of its second.
    const sizeBytes = Math.round((bitrateAt(second) / 8) * (keyframe ? 0.5 : 0.5 / (fps - 1)));
    const next = watchBitrate(state, { timestampMs: i * 40, sizeBytes, keyframe }, usual);
    for (const code of ['high', 'low', 'unstable'] as const) {
      if (next.verdict[code] !== state.verdict[code])
        seen.push(`${next.verdict[code] ? '' : 'not '}${code} at ${second}`);
    }
    state = next;
  }
  return seen;
}

const scene = (second: number) => (second < 30 ? 800_000 : 12_000_000);
const swinging = (second: number) => (second % 4 < 2 ? 1_500_000 : 9_000_000);

test.each<[string, number, (second: number) => number, string[]]>([
  ['what is usual', 120, () => usual, []],
  ['twice as much', 120, () => 2 * usual, []],
  ['four times as much', 60, () => 8 * usual, ['high at 10']],
  ['a fifth', 120, () => usual / 2, []],
  ['a still picture', 60, () => usual / 30, ['low at 10']],
  ['one step from a calm scene to a wild one', 90, scene, []],
  ['up and down all the time', 60, swinging, ['unstable at 12']],
  [
    'up and down for a while',
    90,
    (second) => (second < 40 ? swinging(second) : usual),
    ['unstable at 12', 'not unstable at 58'],
  ],
  ['too much for a while', 90, (second) => (second < 40 ? 8 * usual : usual), ['high at 10', 'not high at 48']],
  ['a still picture for a while', 90, (second) => (second < 40 ? usual / 30 : usual), ['low at 10', 'not low at 42']],
])('%s', (_, seconds, bitrateAt, expected) => {
  expect(told(seconds, bitrateAt)).toEqual(expected);
});

test('keyframes 8 s apart are no swing, and neither is what a hole leaves out', () => {
  expect(told(120, () => usual, 8)).toEqual([]);
  expect(told(120, () => usual, 2, [21, 34, 35, 50, 65, 66, 80])).toEqual([]);
});

test('without a usual bitrate only its swings can be told', () => {
  let state = createBitrateWatch();
  for (let i = 0; i < 60; i++) {
    state = watchBitrate(state, { timestampMs: i * 2_000, sizeBytes: i % 2 === 0 ? 1 : 9_000_000, keyframe: true }, 0);
  }
  expect(state.verdict).toEqual({ high: false, low: false, unstable: true });
});
