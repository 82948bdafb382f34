import { expect, it } from 'vitest';
import { painter } from '../../cli/output/paint.ts';
import { columnsOf, plainText } from '../../cli/output/plain-text.ts';
import { facts, table } from '../../cli/output/table.ts';
import { agoWords, bitrateWords, durationWords, sizeWords, timeWords } from '../../cli/output/words.ts';

const plain = painter(false);

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [21_474_836_480, '20.0 GiB'],
])('%i bytes are %s', (sizeBytes, words) => expect(sizeWords(sizeBytes)).toBe(words));

it.each([
  [999, '0 s'],
  [45_000, '45 s'],
  [60_000, '1 min'],
  [65_000, '1 min 5 s'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
  [172_800_000, '2 d'],
])('%i ms are %s', (durationMs, words) => expect(durationWords(durationMs)).toBe(words));

it.each([
  [null, '–'],
  [undefined, '–'],
  [100_500, 'now'],
  [40_000, '1 min ago'],
  [7_300_000, 'in 2 h'],
])('%o seen from 100 s is %s', (atMs, words) => expect(agoWords(atMs, 100_000)).toBe(words));

it('writes times and bitrates', () => {
  expect(timeWords(Date.UTC(2026, 10, 21, 12, 0, 5))).toBe('2026-11-21 12:00:05 UTC');
  expect(timeWords(null)).toBe('–');
  expect([bitrateWords(4_450_000), bitrateWords(128_000)]).toEqual(['4.5 Mbit/s', '128 kbit/s']);
});

it('lets no text from elsewhere move the cursor', () => {
  expect(plainText('a\u001b[2Jb\nc\u202ed')).toBe('a [2Jb c d');
});

it('counts the columns that a terminal takes', () => {
  expect(['abc', '日本', 'e\u0301', '👩‍🚀x'].map(columnsOf)).toEqual([3, 4, 1, 3]);
});

it('lines a table up, numbers at the right', () => {
  const rows = [
    { name: 'news', count: 5 },
    { name: '日本', count: 12_000 },
  ];
  const columns = [
    { head: 'channel', text: (row: (typeof rows)[number]) => row.name },
    { head: 'count', text: (row: (typeof rows)[number]) => String(row.count), right: true as const },
  ];
  expect(table(rows, columns, plain)).toBe('CHANNEL  COUNT\nnews         5\n日本     12000\n');
});

it('lists facts and leaves out what is not there', () => {
  const rows = [
    ['id', 'news'],
    ['source', null],
    ['state', 'live'],
  ] as const;
  expect(facts(rows, plain)).toBe('id     news\nstate  live\n');
});

it('paints only where colours are wanted', () => {
  expect(plain('red', 'x')).toBe('x');
  expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
});
