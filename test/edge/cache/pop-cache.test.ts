import { expect, test } from 'vitest';
import type { ForeignTraits } from '../../../workers/cache/answer.ts';
import { popLifetime } from '../../../workers/cache/pop-cache.ts';

const policy = { freshMs: 60_000, staleMs: 120_000, inPopCache: true, viewer: 'public, max-age=60' };
const foreign: ForeignTraits = { kind: 'media', contentType: 'video/mp2t', policy };

test.each([
  [0, 'public, max-age=60'],
  [59_000, 'public, max-age=1'],
  [59_001, null],
  [90_000, null],
])('a PoP keeps foreign media that was fetched %d ms ago for what is left of its time: %s', (ageMs, lifetime) => {
  expect(popLifetime({ foreign, bornMs: 1_000_000 }, 1_000_000 + ageMs)).toBe(lifetime);
});

test('our own media never changes', () => {
  expect(popLifetime({ bornMs: 0 }, 1e12)).toBe('public, max-age=31536000, immutable');
});
