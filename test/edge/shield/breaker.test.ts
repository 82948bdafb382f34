import { expect, test } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { admit, type Breaker, closedBreaker, settle } from '../../../workers/shield/breaker.ts';

const { breakerFailures, breakerOpenMs, breakerProbeMsMax } = edgeLimits;

function failing(times: number, nowMs: number): Breaker {
  let breaker: Breaker = closedBreaker;
  for (let i = 0; i < times; i++) breaker = settle(breaker, false, nowMs);
  return breaker;
}

test('failures in a row open it, an answer in between begins the count anew', () => {
  const nearly = failing(breakerFailures - 1, 0);
  expect(nearly).toEqual({ kind: 'closed', failures: breakerFailures - 1 });
  expect(settle(nearly, true, 0)).toEqual(closedBreaker);
  expect(settle(nearly, false, 0)).toEqual({ kind: 'open', untilMs: breakerOpenMs });
});

test('open it lets nothing through until its moment, then one request', () => {
  const open = failing(breakerFailures, 0);
  expect(admit(open, breakerOpenMs - 1)).toBeNull();
  const probing = admit(open, breakerOpenMs) as Breaker;
  expect(probing).toEqual({ kind: 'half-open', sinceMs: breakerOpenMs });
  expect(admit(probing, breakerOpenMs + 1)).toBeNull();
  expect(admit(probing, breakerOpenMs + breakerProbeMsMax)).toEqual({
    kind: 'half-open',
    sinceMs: breakerOpenMs + breakerProbeMsMax,
  });
});

test('what the one request finds decides', () => {
  const probing: Breaker = { kind: 'half-open', sinceMs: 5_000 };
  expect(settle(probing, true, 5_100)).toEqual(closedBreaker);
  expect(settle(probing, false, 5_100)).toEqual({ kind: 'open', untilMs: 5_100 + breakerOpenMs });
});

test('late failures of requests from before do not keep it open longer', () => {
  const open: Breaker = { kind: 'open', untilMs: 1_000 };
  expect(settle(open, false, 900)).toEqual(open);
});
