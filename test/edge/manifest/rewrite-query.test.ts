import { expect, test } from 'vitest';
import { carriedQuery, formatRewriteQuery, parseRewriteQuery } from '../../../workers/manifest/rewrite-query.ts';

function canonical(query: string): string {
  const options = parseRewriteQuery(new URLSearchParams(query));
  return 'fault' in options ? `<${options.fault}>` : formatRewriteQuery(options);
}

test.each([
  ['', ''],
  ['x=1&_HLS_msn=3&token=t&LL=0', ''],
  ['ll=1', ''],
  ['ll=0', 'll=0'],
  ['start=30&end=90.50', 'end=90.5&start=30'],
  ['start=2028-02-29T12:00:00Z', 'start=2028-02-29T12:00:00.000Z'],
  ['start=2026-11-21T13:00:00%2B01:00', 'start=2026-11-21T12:00:00.000Z'],
  ['max_height=720&max_bitrate=3000000&codecs=hevc,avc,avc', 'codecs=avc,hevc&max_bitrate=3000000&max_height=720'],
])('%s is %s', (query, expected) => {
  expect(canonical(query)).toBe(expected);
  expect(canonical(expected)).toBe(expected);
});

test.each([
  'start=',
  'start=-1',
  'end=1e3',
  'start=2026-11-21',
  'start=2026-13-21T12:00:00Z',
  'start=2026-02-29T12:00:00Z',
  'end=2026-02-31T12:00:00Z',
  'end=2026-04-31T12:00:00Z',
  'start=2026-11-00T12:00:00Z',
  'end=2026-11-21T12:00:00',
  'll=',
  'codecs=',
  'max_height=1.5',
  'end=1&start=1',
  'start=9&end=8',
])('%s is a fault', (query) => {
  expect(canonical(query)).toMatch(/^<.+\.>$/);
});

test('media playlists are asked with the range and the latency, not with the filter', () => {
  const options = parseRewriteQuery(new URLSearchParams('max_height=720&ll=0&start=3&end=4'));
  expect('fault' in options ? '' : carriedQuery(options)).toBe('end=4&ll=0&start=3');
});
