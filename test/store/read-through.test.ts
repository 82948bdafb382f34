import { expect, it } from 'vitest';
import { readThroughLimits } from '#shared/limits/store.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { readThrough } from '../../origin/store/read-through.ts';

const { atOnceMax, waitingMax } = readThroughLimits;

/** A second store whose answers are given by hand. */
function slowStore() {
  const asked: { readonly key: string; readonly answer: (bytes: Buffer | null) => void }[] = [];
  const get = (key: string) => new Promise<Buffer | null>((answer) => asked.push({ key, answer }));
  return { asked, get };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('reads what is there from the first store, and the rest from the second', async () => {
  const [first, second] = [createMemoryStore(), createMemoryStore()];
  await first.put('b/x/1', [Buffer.from('first')]);
  await second.put('b/x/1', [Buffer.from('second')]);
  await second.put('b/x/2', [Buffer.from('second')]);
  const store = readThrough(first, second);
  expect(String(await store.get('b/x/1'))).toBe('first');
  expect(String(await store.get('b/x/2'))).toBe('second');
  expect(await store.get('b/x/3')).toBeNull();
});

it('asks the second once for all who want the same, and anew for those who come later', async () => {
  const second = slowStore();
  const store = readThrough(createMemoryStore(), second);
  const reads = [store.get('b/x/1'), store.get('b/x/1')];
  await settled();
  expect(second.asked).toHaveLength(1);
  second.asked[0]?.answer(Buffer.from('bytes'));
  expect((await Promise.all(reads)).map(String)).toEqual(['bytes', 'bytes']);
  void store.get('b/x/1');
  await settled();
  expect(second.asked).toHaveLength(2);
});

it('asks for a few at a time, in order, and refuses what would wait behind too many', async () => {
  const second = slowStore();
  const store = readThrough(createMemoryStore(), second);
  const reads = Array.from({ length: atOnceMax + waitingMax }, (_, i) => store.get(`b/x/${i}`));
  await settled();
  expect(second.asked.map(({ key }) => key)).toEqual(Array.from({ length: atOnceMax }, (_, i) => `b/x/${i}`));
  await expect(store.get('b/x/more')).rejects.toMatchObject({ code: 'store_failed' });
  for (let i = 0; i < reads.length; i++) {
    second.asked[i]?.answer(Buffer.from([i]));
    await settled();
    expect(second.asked).toHaveLength(Math.min(reads.length, atOnceMax + i + 1));
  }
  expect((await Promise.all(reads)).map((bytes) => bytes?.[0])).toEqual(reads.map((_, i) => i));
});

it('a read that fails gives its place back', async () => {
  let fails = true;
  const get = async () => {
    if (fails) throw new Error('away');
    return Buffer.from('bytes');
  };
  const store = readThrough(createMemoryStore(), { get });
  const outcomes = await Promise.allSettled(Array.from({ length: 2 * atOnceMax }, (_, i) => store.get(`b/x/${i}`)));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  fails = false;
  expect(String(await store.get('b/x/0'))).toBe('bytes');
});
