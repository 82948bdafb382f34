import { expect, it } from 'vitest';
import { followUpload } from '../../origin/import/follow-upload.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { StoreError, type StoreErrorCode } from '../../origin/store/object-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from '../support/log.ts';
import { broadcast } from './import-stage.ts';

const prefix = `b/${broadcast}/`;

/** What an import hears of two objects on their way into a bucket that refuses them for this reason. */
async function follow(code: StoreErrorCode | null): Promise<number[]> {
  const [spool, target] = [createMemoryStore(), createMemoryStore()];
  const put: typeof target.put = async (key, pieces) => {
    if (code) throw new StoreError(code, 'refused');
    await target.put(key, pieces);
  };
  const uploader = new Uploader({
    spool,
    target: { ...target, put },
    log: silentLog,
    random01: () => 0,
    now: Date.now,
  });
  for (const key of [`${prefix}v1/0.m4s`, `${prefix}v1/1.m4s`]) {
    await spool.put(key, [Buffer.from('x')]);
    uploader.add(key);
  }
  const shares: number[] = [];
  const onProgress = ({ share }: { readonly share: number }) => void shares.push(share);
  try {
    await followUpload(uploader, prefix, { signal: new AbortController().signal, onProgress });
  } finally {
    uploader.stop();
  }
  return shares;
}

it('an import goes on once the bucket has all of it', async () => {
  expect((await follow(null)).at(-1)).toBe(1);
});

it('an import fails where the bucket takes it from another origin only', async () => {
  await expect(follow('store_not_ours')).rejects.toMatchObject({ code: 'import_not_stored' });
});
