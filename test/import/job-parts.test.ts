import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importerLimits } from '#shared/limits/store.ts';
import { importPartKey } from '#shared/model/object-name.ts';
import { loadParts } from '../../origin/import/job-parts.ts';
import { StoreError } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';
import { file, ImportStage, job } from './import-stage.ts';

let stage: ImportStage;
let path: string;
beforeEach(async () => {
  stage = new ImportStage();
  await stage.upload();
  path = join(stage.imports, 'source');
});
afterEach(() => stage.remove());

type Get = (key: string) => Promise<Buffer | null>;

function load(get: Get, { signal = new AbortController().signal, of = job } = {}): Promise<void> {
  return loadParts({ job: of, bucket: { get }, path, signal, log: silentLog, retryMs: 1 });
}

it('puts the parts of a file together', async () => {
  await load((key) => stage.bucket.get(key));
  expect(readFileSync(path)).toEqual(file);
});

it('asks a bucket again that fails', async () => {
  let failures = 3;
  const asked: string[] = [];
  await load(async (key) => {
    asked.push(key);
    if (failures-- > 0) throw new StoreError('store_failed', 'It fails.');
    return stage.bucket.get(key);
  });
  expect(readFileSync(path)).toEqual(file);
  expect(asked.slice(0, 4)).toEqual(Array.from({ length: 4 }, () => importPartKey(job.id, 0)));
});

it.each([
  ['is not there', null, 'is not in the bucket'],
  ['is too short', Buffer.from('8'), 'has 1 bytes and not 2'],
])('says so when a part %s', async (_, last, words) => {
  const get: Get = async (key) => (key.endsWith('/2') ? last : stage.bucket.get(key));
  await expect(load(get)).rejects.toMatchObject({
    code: 'import_part_missing',
    message: `Part 2 of the file ${words}. Upload the file again.`,
  });
});

it('says so when the disk has no room, before anything is read', async () => {
  const of = { ...job, sizeBytes: Number.MAX_SAFE_INTEGER };
  const never: Get = async () => {
    throw new Error('It was read.');
  };
  await expect(load(never, { of })).rejects.toMatchObject({ code: 'import_no_room' });
});

it('gives up where the bucket goes on refusing the keys', async () => {
  let asked = 0;
  const refuses: Get = async () => {
    asked++;
    throw new StoreError('store_refused', 'It refuses.');
  };
  await expect(load(refuses)).rejects.toMatchObject({ code: 'store_refused' });
  expect(asked).toBe(importerLimits.partRefusalsMax);
});

it('stops at once, whether the bucket answers or fails', async () => {
  const stopping = new AbortController();
  const why = new Error('stopped');
  const silent = load(() => Promise.withResolvers<never>().promise, { signal: stopping.signal });
  stopping.abort(why);
  await expect(silent).rejects.toBe(why);
  const fails: Get = async () => {
    throw new StoreError('store_failed', 'It fails.');
  };
  await expect(load(fails, { signal: stopping.signal })).rejects.toBe(why);
});
