import { readFileSync, writeFileSync } from 'node:fs';
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

/** What an earlier process left, at a boot of the machine. */
function leave(text: string, boot: string | null): void {
  writeFileSync(path, text);
  if (boot !== null) writeFileSync(`${path}.boot`, boot);
}

async function partsAsked(boot: string | null): Promise<number[]> {
  const asked: number[] = [];
  const get: Get = async (key) => {
    asked.push(Number(key.split('/').at(-1)));
    return stage.bucket.get(key);
  };
  await loadParts({ job, bucket: { get }, path, signal: new AbortController().signal, log: silentLog, boot });
  return asked;
}

// What is there is in capitals, to be told from what is loaded.
it.each([
  ['half of the first part', 'ABC', '0123456789', [0, 1, 2]],
  ['a part', 'ABCD', 'ABCD456789', [1, 2]],
  ['a part and a half', 'ABCDEF', 'ABCD456789', [1, 2]],
  ['half of the last part', 'ABCDEFGHI', 'ABCDEFGH89', [2]],
  ['all of it', 'ABCDEFGHIJ', 'ABCDEFGHIJ', []],
  ['more than there is', 'ABCDEFGHIJK', '0123456789', [0, 1, 2]],
])('goes on with the whole parts where a process that was killed left %s', async (_, left, whole, asked) => {
  leave(left, 'monday');
  expect([await partsAsked('monday'), readFileSync(path, 'utf8')]).toEqual([asked, whole]);
});

it.each([
  ['the machine was reset', 'monday', 'tuesday'],
  ['nothing says when it was written', null, 'monday'],
  ['nothing says what boot this is', '', null],
])('begins anew where %s: what was not flushed may be missing', async (_, before, now) => {
  leave('ABCDEFGH', before);
  expect([await partsAsked(now), readFileSync(path, 'utf8')]).toEqual([[0, 1, 2], '0123456789']);
  // From here on it is of this boot.
  expect(await partsAsked(now)).toEqual(now === null ? [0, 1, 2] : []);
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
