import { expect, test } from 'vitest';
import { settle } from '../../workers/webhooks/retry.ts';

test.each([200, 201, 204, 299])('%i is a delivery', (status) => {
  expect(settle(status, 1, 0)).toEqual({ kind: 'delivered' });
});

test.each([null, 100, 302, 400, 401, 404, 429, 500, 503])('%s comes again after five seconds', (status) => {
  expect(settle(status, 1, 0)).toEqual({ kind: 'again', inMs: 5_000 });
});

test('waits grow, are spread by a fifth, and end after a little more than a day', () => {
  const waits = Array.from({ length: 9 }, (_, i) => settle(500, i + 1, 0));
  const totalMs = waits.reduce((sum, outcome) => sum + (outcome.kind === 'again' ? outcome.inMs : Number.NaN), 0);
  expect(waits.every((outcome, i) => i === 0 || JSON.stringify(outcome) !== JSON.stringify(waits[i - 1]))).toBe(true);
  expect(totalMs / 3_600_000).toBeCloseTo(22.7, 0);
  expect(settle(500, 2, 1)).toEqual({ kind: 'again', inMs: 36_000 });
  expect(settle(500, 10, 0)).toEqual({ kind: 'stop', why: 'An event was refused 10 times in a row.' });
});

test('410 asks for no more', () => {
  expect(settle(410, 1, 0)).toEqual({ kind: 'stop', why: 'The address answered 410: it wants no more events.' });
});
