import { expect, it } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { Answer, TierRequest } from '../../../workers/cache/answer.ts';
import { StaleWatch } from '../../../workers/shield/stale-watch.ts';

const broadcast = 'b_0000000000abcdefghjk';
const request = (kind: 'media-playlist' | 'segment') => ({ route: { kind, broadcast } }) as unknown as TierRequest;
const state = { msn: 1, part: 0, complete: false, targetDurationS: 2, partTargetS: 0.2, ended: false };
const playlist = (bornMs: number, ended = false) => ({ status: 200, bornMs, state: { ...state, ended } }) as Answer;
const refusal = (status: number) => ({ status, bornMs: 0, state: null }) as Answer;

/** Times at which it was told, of answers given at times. */
function told(answers: readonly (readonly [nowMs: number, answer: Answer])[], kind: 'media-playlist' | 'segment') {
  const times: number[] = [];
  let atMs = 0;
  const watch = new StaleWatch((id) => times.push(id === broadcast ? atMs : Number.NaN));
  for (const [nowMs, answer] of answers) {
    atMs = nowMs;
    watch.see(request(kind), answer, nowMs);
  }
  return times;
}

const every = (stepMs: number, fromMs: number, toMs: number, answer: (ms: number) => Answer) =>
  Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => fromMs + i * stepMs).map(
    (ms) => [ms, answer(ms)] as const,
  );

it.each<[string, readonly (readonly [number, Answer])[], number[]]>([
  ['a fresh playlist', every(1_000, 0, 20_000, (ms) => playlist(ms - 2_900)), []],
  ['one that is over', every(1_000, 0, 20_000, () => playlist(0, true)), []],
  [
    'one that is served for too long',
    every(1_000, 0, 12_000, () => playlist(0)),
    [4_000, 4_000 + edgeLimits.staleToldMs],
  ],
  ['an origin that is away for a moment', every(1_000, 10_000, 13_000, () => refusal(502)), []],
  ['an origin that stays away', every(1_000, 10_000, 16_000, () => refusal(504)), [14_000]],
  [
    'an origin that comes back in between',
    [
      ...every(1_000, 0, 3_000, () => refusal(502)),
      [3_000, playlist(3_000)],
      ...every(1_000, 4_000, 7_000, () => refusal(502)),
    ],
    [],
  ],
  ['an origin that refuses by itself', every(1_000, 0, 20_000, () => refusal(503)), []],
])('%s', (_, answers, expected) => {
  expect(told(answers, 'media-playlist')).toEqual(expected);
  expect(told(answers, 'segment')).toEqual([]);
});
