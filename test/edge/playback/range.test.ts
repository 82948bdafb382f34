import { expect, test } from 'vitest';
import { matchesEtag, parseRange } from '../../../workers/playback/range.ts';

test.each([
  ['bytes=0-9', { first: 0, last: 9 }],
  ['bytes=90-', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-500', { first: 0, last: 99 }],
  ['bytes=50-9007199254740991', { first: 50, last: 99 }], // RFC 8673, rule 30
  ['bytes=50-99999999999999999999999', { first: 50, last: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=9007199254740991-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-0', null],
  ['bytes=0-1,5-6', null],
  ['bytes=-', null],
  ['items=0-1', null],
  ['bytes=a-b', null],
  [null, null],
])('%s of 100 bytes', (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});

test('entity tags are compared weakly, one by one', () => {
  expect(matchesEtag('"a"', '"a"')).toBe(true);
  expect(matchesEtag('"b", W/"a"', '"a"')).toBe(true);
  expect(matchesEtag('*', '"a"')).toBe(true);
  expect(matchesEtag('"ab"', '"a"')).toBe(false);
  expect(matchesEtag(null, '"a"')).toBe(false);
});
