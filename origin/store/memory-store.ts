import { checkKey, checkPieces, type ObjectStore, StoreError } from './object-store.ts';

/** A store in memory: the twin of every other one. Past `bytesMax` it is full. */
export function createMemoryStore(bytesMax = Number.POSITIVE_INFINITY): ObjectStore {
  const objects = new Map<string, Buffer>();
  let usedBytes = 0;
  const drop = (key: string) => {
    usedBytes -= objects.get(key)?.byteLength ?? 0;
    objects.delete(key);
  };
  return {
    async put(key, pieces) {
      checkKey(key);
      const sizeBytes = checkPieces(key, pieces);
      const before = objects.get(key)?.byteLength ?? 0;
      if (usedBytes - before + sizeBytes > bytesMax) throw new StoreError('store_full', 'No room is left in memory.');
      drop(key);
      objects.set(key, Buffer.concat(pieces));
      usedBytes += sizeBytes;
    },
    async get(key) {
      checkKey(key);
      return objects.get(key) ?? null;
    },
    async *list(prefix) {
      for (const [key, bytes] of [...objects]) {
        if (key.startsWith(prefix)) yield { key, sizeBytes: bytes.byteLength };
      }
    },
    async remove(keys) {
      for (const key of keys) {
        checkKey(key);
        drop(key);
      }
    },
  };
}
