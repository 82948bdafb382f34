import { expect, it } from 'vitest';
import { paceLimits } from '#shared/limits/transcoder.ts';
import { createLateness, settleLateness, watchLateness } from '../../origin/broadcast/lateness.ts';

const startMs = 1_790_000_000_000;

/** What was told of media that waits so long in the encoder: each change with its second. */
function told(seconds: number, waitingAt: (second: number) => number): string[] {
  const seen: string[] = [];
  let state = settleLateness(createLateness(), startMs);
  for (let ms = 0; ms < seconds * 1_000; ms += paceLimits.sampleMs) {
    const next = watchLateness(state, waitingAt(ms / 1_000), startMs + ms);
    if (next.late !== state.late) seen.push(`${next.late ? 'late' : 'in time'} at ${ms / 1_000}`);
    state = next;
  }
  return seen;
}

const between = (second: number, from: number, to: number) => second >= from && second < to;

it.each<[string, (second: number) => number, string[]]>([
  ['a short way', () => 250, []],
  ['a long way that is always as long', () => 2_600, []],
  ['a way that swings within the hold-back', (s) => 300 + 700 * (Math.round(s) % 2), []],
  ['one moment', (s) => (between(s, 20, 21) ? 3_000 : 300), []],
  ['an encoder that starts slowly', (s) => (s < 4 ? 5_000 : 300), []],
  ['nothing to wait for', (s) => (between(s, 20, 40) ? 0 : 300), []],
  ['a busy machine', (s) => (between(s, 20, 30) ? 1_500 : 300), ['late at 21', 'in time at 49.5']],
  ['a moment every three seconds', (s) => (Math.floor(s) % 3 === 0 && s % 1 === 0 ? 1_500 : 300), ['late at 12']],
])('%s', (_, waitingAt, expected) => {
  expect(told(60, waitingAt)).toEqual(expected);
});
