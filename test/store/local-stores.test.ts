import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDiskStore } from '../../origin/store/disk-store.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { describeStore } from './contract.ts';

const unbounded = Number.POSITIVE_INFINITY;

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-store-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describeStore('memory', async () => ({ store: createMemoryStore(), close: async () => {} }));

describeStore('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-store-'));
  return { store: await openDiskStore(folder, unbounded), close: () => rm(folder, { recursive: true, force: true }) };
});

it.each(['memory', 'a folder'])(
  '%s says that it is full, takes nothing more, and takes again after a removal',
  (name) =>
    withFolder(async (folder) => {
      const store = name === 'memory' ? createMemoryStore(10) : await openDiskStore(folder, 10);
      await store.put('b/one', [Buffer.from('12345678')]);
      await expect(store.put('b/two', [Buffer.from('123')])).rejects.toMatchObject({ code: 'store_full' });
      expect(await store.get('b/two')).toBeNull();
      await store.put('b/one', [Buffer.from('1234567890')]);
      await store.remove(['b/one']);
      await store.put('b/two', [Buffer.from('123')]);
    }),
);

it('a folder is counted again at the next start, without what a crash left half written', () =>
  withFolder(async (folder) => {
    const first = await openDiskStore(folder, 100);
    await first.put('b/one', [Buffer.alloc(60)]);
    await writeFile(join(folder, 'b', 'two.7.tmp'), Buffer.alloc(30));
    const second = await openDiskStore(folder, 100);
    expect(await second.room()).toMatchObject({ usedBytes: 60, freeBytes: 40 });
    expect(await readdir(join(folder, 'b'))).toEqual(['one']);
    await second.remove(['b/one']);
    expect(await readdir(folder)).toEqual([]);
  }));

it('a folder has nothing of which a power cut left the name without the bytes', () =>
  withFolder(async (folder) => {
    const first = await openDiskStore(folder, 100);
    for (const key of ['b/one', 'b/two']) await first.put(key, [Buffer.alloc(10)]);
    await truncate(join(folder, 'b', 'one'));
    const second = await openDiskStore(folder, 100);
    expect(await second.get('b/one')).toBeNull();
    expect([await readdir(join(folder, 'b')), (await second.room()).usedBytes]).toEqual([['two'], 10]);
  }));

it('a folder that cannot be used is named as such', () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, 'file'), 'x');
    await expect(openDiskStore(join(folder, 'file', 'store'), unbounded)).rejects.toMatchObject({
      code: 'store_failed',
    });
    const store = await openDiskStore(join(folder, 'store'), unbounded);
    await mkdir(join(folder, 'store', 'b', 'one'), { recursive: true });
    await expect(store.put('b/one', [Buffer.from('x')])).rejects.toMatchObject({ code: 'store_failed' });
    expect(await readdir(join(folder, 'store', 'b'))).toEqual(['one']);
  }));
