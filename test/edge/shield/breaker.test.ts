import { expect, test } from 'vitest';
import { edgeLimits } from '#shared/limits.ts';
import { Breaker } from '../../../workers/shield/breaker.ts';

const { breakerFailuresMin, breakerOpenMs } = edgeLimits;

function broken(atMs: number): Breaker {
  const breaker = new Breaker();
  for (let i = 0; i < breakerFailuresMin; i++) breaker.failed(atMs);
  return breaker;
}

test('failures that do not come in a row change nothing', () => {
  const breaker = new Breaker();
  for (let i = 0; i < 3 * breakerFailuresMin; i++) {
    if (i % breakerFailuresMin === breakerFailuresMin - 1) breaker.succeeded();
    else breaker.failed(0);
    expect(breaker.leave(0)).toBe('closed');
  }
});

test('after enough of them nobody asks for a moment, then one does', () => {
  const breaker = broken(1_000);
  expect(breaker.leave(1_000 + breakerOpenMs - 1)).toBe('open');
  expect(breaker.leave(1_000 + breakerOpenMs)).toBe('probe');
  expect(breaker.leave(1_000 + breakerOpenMs)).toBe('open');
  expect(breaker.leave(1_000 + 2 * breakerOpenMs)).toBe('probe'); // the first one was never heard of again
});

test('one that goes well ends it, one that fails begins the moment anew', () => {
  const well = broken(0);
  expect(well.leave(breakerOpenMs)).toBe('probe');
  well.succeeded();
  expect(well.leave(breakerOpenMs)).toBe('closed');
  const ill = broken(0);
  expect(ill.leave(breakerOpenMs)).toBe('probe');
  ill.failed(breakerOpenMs + 100);
  expect(ill.leave(2 * breakerOpenMs)).toBe('open');
  expect(ill.leave(2 * breakerOpenMs + 100)).toBe('probe');
});
