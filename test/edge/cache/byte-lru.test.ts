import { expect, test } from 'vitest';
import { ByteLru } from '../../../workers/cache/byte-lru.ts';

test('makes room by bytes, least recently used first', () => {
  const lru = new ByteLru<string>(10, 100);
  lru.set('a', 'A', 4);
  lru.set('b', 'B', 4);
  expect(lru.get('a')).toBe('A');
  lru.set('c', 'C', 4);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual(['A', undefined, 'C']);
  expect(lru.sizeBytes).toBe(8);
});

test('makes room by number of entries', () => {
  const lru = new ByteLru<string>(100, 2);
  for (const key of ['a', 'b', 'c']) lru.set(key, key, 1);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([undefined, 'b', 'c']);
});

test('counts a value once when it is set again, and keeps nothing larger than itself', () => {
  const lru = new ByteLru<string>(10, 10);
  lru.set('a', 'A', 6);
  lru.set('a', 'A2', 6);
  expect(lru.sizeBytes).toBe(6);
  lru.set('a', 'too large', 11);
  expect(lru.get('a')).toBeUndefined();
  expect(lru.sizeBytes).toBe(0);
});
