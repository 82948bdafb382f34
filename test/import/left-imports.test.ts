import { afterEach, beforeEach, expect, it } from 'vitest';
import { importFolder, noteImport } from '../../origin/import/import-folder.ts';
import { settleLeft } from '../../origin/import/left-imports.ts';
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
  await settleLeft({ imports, target, control, onEnd: (left, what) => ends.push(`${left.broadcast} ${what}`) });
  expect(ends).toEqual([`${broadcast} ${end}`]);
  expect([await stage.hasMedia(), stage.folders.length]).toEqual([end !== 'undone', end === 'waiting' ? 1 : 0]);
});

it('what another process has the number of now is left all the same', async () => {
  await stage.leave(null, { pid: process.pid, started: '1' });
  const { imports, bucket: target, control } = stage;
  await settleLeft({ imports, target, control, onEnd: () => {} });
  expect([await stage.hasMedia(), stage.folders]).toEqual([false, []]);
});

it('what a living process works on is left alone', async () => {
  await noteImport(importFolder(stage.imports, broadcast), null);
  const { imports, bucket: target, control } = stage;
  await settleLeft({ imports, target, control, onEnd: () => {} });
  expect(stage.folders).toEqual([broadcast]);
});
