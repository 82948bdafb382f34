import { afterEach, beforeEach, expect, it } from 'vitest';
import { importFolder, noteImport } from '../../origin/import/import-folder.ts';
import { settleLeft } from '../../origin/import/left-imports.ts';
import { StoreError } from '../../origin/store/object-store.ts';
import { silentLog as log } from '../support/log.ts';
import { broadcast, ImportStage, report } from './import-stage.ts';

let stage: ImportStage;
beforeEach(() => {
  stage = new ImportStage();
});
afterEach(() => stage.remove());

const { job: _, ...byHand } = report;

it.each([
  ['undone before all of it was made', null, 204, 'undone'],
  ['finished where it is taken', report, 204, 'finished'],
  ['undone where its upload is cancelled, or another origin’s', report, 409, 'undone'],
  ['undone where its channel is gone', byHand, 404, 'undone'],
  ['kept where its channel is disabled', byHand, 409, 'waiting'],
  ['kept where nobody answers', report, null, 'waiting'],
  ['kept where the control plane fails', report, 503, 'waiting'],
  ['kept where the keys are wrong', report, 401, 'waiting'],
] as const)('what a killed import left is %s', async (_words, entering, status, end) => {
  await stage.leave(entering);
  stage.entry = status;
  const ends: string[] = [];
  const { imports, bucket: target, control } = stage;
  await settleLeft({ imports, target, control, onEnd: (left, what) => ends.push(`${left.broadcast} ${what}`), log });
  expect(ends).toEqual([`${broadcast} ${end}`]);
  expect([await stage.hasMedia(), stage.folders.length]).toEqual([end !== 'undone', end === 'waiting' ? 1 : 0]);
});

it('what another process has the number of now is left all the same', async () => {
  await stage.leave(null, { pid: process.pid, started: '1' });
  const { imports, bucket: target, control } = stage;
  await settleLeft({ imports, target, control, onEnd: () => {}, log });
  expect([await stage.hasMedia(), stage.folders]).toEqual([false, []]);
});

it('what a living process works on is left alone', async () => {
  await noteImport(importFolder(stage.imports, broadcast), null);
  const { imports, bucket: target, control } = stage;
  await settleLeft({ imports, target, control, onEnd: () => {}, log });
  expect(stage.folders).toEqual([broadcast]);
});

it('what the bucket lets only another origin remove stays there, and is looked at once', async () => {
  await stage.leave(null);
  const { imports, bucket, control } = stage;
  let code: StoreError['code'] = 'store_failed';
  const remove = () => Promise.reject(new StoreError(code, 'it does not'));
  const ends: string[] = [];
  const settle = () =>
    settleLeft({ imports, target: { ...bucket, remove }, control, onEnd: (_, end) => ends.push(end), log });
  await expect(settle()).rejects.toMatchObject({ code });
  expect([ends, stage.folders]).toEqual([[], [broadcast]]);
  code = 'store_not_ours';
  await settle();
  await settle();
  expect([ends, stage.folders, await stage.hasMedia()]).toEqual([['undone'], [], true]);
});
