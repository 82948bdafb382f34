import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../origin/store/object-store.ts';

export interface StoreUnderTest {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** Requests that a test has under way. */
const atOnce = 50;

const bytes = (text: string) => [Buffer.from(text)];

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
}

/** What every store does, whatever is behind it. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    it('gives back what was put, joined, and null for what was not', async () => {
      const { store } = under;
      await store.put('b/b_1/v720/0.m4s', [Buffer.from('one'), Buffer.from('two')]);
      expect((await store.get('b/b_1/v720/0.m4s'))?.toString()).toBe('onetwo');
      expect(await store.get('b/b_1/v720/1.m4s')).toBeNull();
      expect(await store.get('b/none/v720/1.m4s')).toBeNull();
    });

    it('replaces an object', async () => {
      const { store } = under;
      await store.put('b/b_1/record.json', bytes('older and longer'));
      await store.put('b/b_1/record.json', bytes('newer'));
      expect((await store.get('b/b_1/record.json'))?.toString()).toBe('newer');
    });

    it('stores a large object whole', async () => {
      const { store } = under;
      const large = Buffer.alloc(9 * 1024 * 1024, 'headwater');
      await store.put('b/b_1/v720/7.m4s', [large.subarray(0, 5_000_000), large.subarray(5_000_000)]);
      expect((await store.get('b/b_1/v720/7.m4s'))?.equals(large)).toBe(true);
    });

    it('lists what is below a prefix with sizes', async () => {
      const { store } = under;
      for (const key of ['b/b_1/v720/0.m4s', 'b/b_1/a1/0.m4s', 'b/b_10/v720/0.m4s']) await store.put(key, bytes('x'));
      await store.put('b/b_1/v720/1.m4s', bytes('four'));
      expect(await keysOf(store, 'b/b_1/')).toEqual(['b/b_1/a1/0.m4s', 'b/b_1/v720/0.m4s', 'b/b_1/v720/1.m4s']);
      expect(await keysOf(store, 'b/b_2/')).toEqual([]);
      for await (const info of store.list('b/b_1/v720/')) {
        expect(info.sizeBytes).toBe(info.key.endsWith('1.m4s') ? 4 : 1);
      }
    });

    it('lists what is more than one page of a bucket, each object once', async () => {
      const { store } = under;
      const keys = Array.from({ length: 1_100 }, (_, i) => `b/b_1/v720/${i}.m4s`);
      for (let at = 0; at < keys.length; at += atOnce) {
        await Promise.all(keys.slice(at, at + atOnce).map((key) => store.put(key, bytes('four'))));
      }
      const found: string[] = [];
      for await (const { key, sizeBytes } of store.list('b/b_1/')) found.push(`${key} ${sizeBytes}`);
      expect(found.toSorted()).toEqual(keys.map((key) => `${key} 4`).toSorted());
    }, 180_000);

    it('removes objects; what is not there is no fault', async () => {
      const { store } = under;
      await store.put('b/b_1/v720/0.m4s', bytes('x'));
      await store.put('b/b_1/v720/1.m4s', bytes('y'));
      await store.remove(['b/b_1/v720/0.m4s', 'b/b_1/v720/9.m4s', 'b/b_9/v720/9.m4s']);
      expect(await keysOf(store, 'b/')).toEqual(['b/b_1/v720/1.m4s']);
      await store.remove([]);
    });

    it('refuses an object without bytes, and keeps the one that was there', async () => {
      const { store } = under;
      await store.put('b/b_1/v720/0.m4s', bytes('x'));
      await expect(store.put('b/b_1/v720/0.m4s', [])).rejects.toMatchObject({ code: 'store_empty_object' });
      await expect(store.put('b/b_1/v720/0.m4s', [Buffer.alloc(0)])).rejects.toMatchObject({
        code: 'store_empty_object',
      });
      expect((await store.get('b/b_1/v720/0.m4s'))?.toString()).toBe('x');
    });

    it.each(['', '/', '/b', 'b/', 'b//x', '../b', 'b/../x', 'b/.', 'b/.hidden', 'b/x\\y', 'b/x%2e', 'b/x\0', 'B/x'])(
      'refuses the key %j',
      async (key) => {
        await expect(under.store.put(key, bytes('x'))).rejects.toMatchObject({ code: 'store_key_invalid' });
        await expect(under.store.get(key)).rejects.toMatchObject({ code: 'store_key_invalid' });
      },
    );
  });
}
