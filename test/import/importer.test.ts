import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Importer } from '../../origin/import/importer.ts';
import type { JobEnd, JobRun } from '../../origin/import/job-process.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';
import { broadcast, ImportStage, job, report } from './import-stage.ts';

let stage: ImportStage;
let importers: Importer[] = [];
beforeEach(() => {
  stage = new ImportStage();
});
afterEach(async () => {
  for (const importer of importers) await importer.stop();
  importers = [];
  stage.remove();
});

const ready: JobEnd = { kind: 'ready', broadcast };

interface Made {
  readonly run?: (run: JobRun) => Promise<JobEnd>;
  readonly load?: number;
  readonly bucket?: ObjectStore;
}

function importer({ run = async () => ready, load = 0, bucket = stage.bucket }: Made = {}): Importer {
  const { control, imports } = stage;
  const around = { originId: 'o-1', control, bucket, imports, boot: 'monday', log: silentLog };
  const made = new Importer({ ...around, load: () => load, run });
  importers.push(made);
  return made;
}

/** A job that was taken on and is over. */
const isOver = (runs: number, seen: readonly unknown[]) => () => seen.length === runs && stage.folders.length === 0;

it('makes a replay of an uploaded file, says how far it is, and leaves nothing', async () => {
  await stage.upload();
  const seen: string[] = [];
  const run = async ({ job: given, file, onProgress }: JobRun) => {
    onProgress({ stage: 'upload', share: 0.5 });
    await pollUntil(() => stage.told.some(({ state }) => state === 'uploading'), 'the change of state to be told');
    seen.push(`${given.id} ${readFileSync(file, 'utf8')}`);
    return ready;
  };
  importer({ run }).offer(1);
  await pollUntil(isOver(1, seen));
  expect(seen).toEqual([`${job.id} 0123456789`]);
  const shared = { origin: 'o-1', id: job.id, broadcast: null, problem: null };
  expect(stage.told[0]).toEqual({ ...shared, state: 'encoding', share: 0 });
  expect(stage.told.at(-1)).toEqual({ ...shared, state: 'uploading', share: 0.5 });
});

it('tells why a file becomes no replay, in one line and by the name that its owner knows', async () => {
  await stage.upload();
  const run = async ({ file }: JobRun): Promise<JobEnd> => {
    return { kind: 'failed', code: 'import_encoder_failed', message: `No:\n${file}: what is this? ${'x'.repeat(600)}` };
  };
  importer({ run }).offer(1);
  await pollUntil(() => stage.problems.length > 0);
  const [problem] = stage.problems;
  expect(problem?.code).toBe('import_encoder_failed');
  expect(problem?.detail).toMatch(/^No: talk\.mp4: what is this\? x+$/);
  expect(problem?.detail).toHaveLength(500);
});

it('tells when a part of the file is not there', async () => {
  stage.jobs.push(job);
  importer().offer(1);
  await pollUntil(() => stage.problems.length > 0);
  const detail = 'Part 0 of the file is not in the bucket. Upload the file again.';
  expect(stage.problems).toEqual([{ code: 'import_part_missing', detail }]);
});

it.each<JobEnd>([
  { kind: 'lost', cause: new Error('SIGKILL') },
  { kind: 'failed', code: 'import_stopped', message: 'Stopped from outside.' },
  { kind: 'failed', code: 'import_unanswered', message: 'Nobody answers.' },
  { kind: 'failed', code: 'store_failed', message: 'The bucket fails.' },
])('does not blame the file for $kind $code', async (end) => {
  await stage.upload();
  const seen: unknown[] = [];
  const run = async () => {
    seen.push(end);
    return end;
  };
  importer({ run }).offer(1);
  await pollUntil(isOver(1, seen));
  expect(stage.problems).toEqual([]);
});

it('stops when it is told so, and says no more', async () => {
  await stage.upload();
  const seen: unknown[] = [];
  const run = async ({ signal, onProgress }: JobRun): Promise<JobEnd> => {
    stage.goesOn = false;
    onProgress({ stage: 'upload', share: 0 });
    await pollUntil(() => signal.aborted, 'the import to be stopped');
    seen.push(signal.reason);
    return { kind: 'failed', code: 'import_refused', message: 'Undone.' };
  };
  importer({ run }).offer(1);
  await pollUntil(isOver(1, seen));
  expect([stage.problems, stage.told.length]).toEqual([[], 2]);
});

it('takes one file at a time', async () => {
  await stage.upload();
  stage.jobs.push(job);
  const first = Promise.withResolvers<JobEnd>();
  const seen: unknown[] = [];
  const one = importer({
    run: async ({ signal }) => {
      seen.push(signal);
      return seen.length === 1 ? first.promise : ready;
    },
  });
  one.offer(2);
  await pollUntil(() => seen.length === 1);
  one.offer(1);
  expect(stage.claims).toBe(1);
  first.resolve(ready);
  await pollUntil(() => {
    one.offer(1);
    return seen.length === 2;
  });
});

it('takes none while broadcasts need the machine, where none waits, and once it stops', async () => {
  await stage.upload();
  const busy = importer({ load: 0.8 });
  busy.offer(1);
  await busy.stop();
  const idle = importer();
  idle.offer(0);
  await idle.stop();
  idle.offer(1);
  await idle.stop();
  expect(stage.claims).toBe(0);
});

it('claims at once what an earlier process of its origin had', async () => {
  mkdirSync(join(stage.imports, job.id));
  const one = importer();
  one.offer(0);
  await pollUntil(() => stage.claims === 1);
  await one.stop();
  expect(stage.folders).toEqual([]);
});

it('goes on where it was stopped while it loaded a file, and where it was stopped while it made a replay', async () => {
  await stage.upload();
  const asked: number[] = [];
  const stalled = Promise.withResolvers<null>();
  const partly: ObjectStore = {
    ...stage.bucket,
    get: async (key) => {
      asked.push(Number(key.split('/').at(-1)));
      return asked.length === 2 ? stalled.promise : stage.bucket.get(key);
    },
  };
  const first = importer({ bucket: partly });
  first.offer(1);
  await pollUntil(() => asked.length === 2);
  await first.stop();
  stage.jobs.push(job);
  let isRunning = false;
  const second = importer({
    bucket: partly,
    run: async ({ signal }) => {
      isRunning = true;
      await pollUntil(() => signal.aborted, 'the import to be stopped');
      return { kind: 'failed', code: 'import_stopped', message: 'Stopped.' };
    },
  });
  second.offer(0);
  await pollUntil(() => isRunning);
  await second.stop();
  stage.jobs.push(job);
  const seen: string[] = [];
  const third = importer({
    bucket: partly,
    run: async ({ file }) => {
      seen.push(readFileSync(file, 'utf8'));
      return ready;
    },
  });
  third.offer(0);
  await pollUntil(isOver(1, seen));
  expect([asked, seen, stage.problems]).toEqual([[0, 1, 1, 2], ['0123456789'], []]);
});

it.each([
  ['another file is given to it', 0, 1],
  ['broadcasts need the machine', 0.8, 0],
])('removes what it had loaded where %s', async (_, load, claims) => {
  await stage.upload();
  const old = join(stage.imports, `i_${'1'.repeat(20)}`);
  mkdirSync(old);
  writeFileSync(join(old, 'source'), '0123');
  const one = importer({ load });
  one.offer(1);
  await pollUntil(() => stage.folders.length === 0);
  await one.stop();
  expect(stage.claims).toBe(claims);
});

it('makes nothing anew while it is not known whether an earlier try is a replay', async () => {
  await stage.upload();
  await stage.leave(report);
  stage.entry = null;
  const seen: unknown[] = [];
  const one = importer({
    run: async () => {
      seen.push('run');
      return ready;
    },
  });
  one.offer(1);
  await one.stop();
  expect([stage.claims, stage.folders]).toEqual([0, [broadcast]]);
  stage.entry = 204;
  stage.jobs.length = 0;
  const next = importer();
  next.offer(1);
  await pollUntil(() => stage.claims === 1);
  expect([seen, stage.folders, await stage.hasMedia()]).toEqual([[], [], true]);
});

it('looks after what a process left that was killed', async () => {
  await stage.upload();
  const run = async (): Promise<JobEnd> => {
    await stage.leave(null);
    return { kind: 'lost', cause: new Error('SIGKILL') };
  };
  const one = importer({ run });
  one.offer(1);
  await pollUntil(() => stage.folders.length === 1 && stage.folders[0] === broadcast);
  await pollUntil(async () => {
    one.offer(0);
    return stage.claims === 2 && !(await stage.hasMedia());
  });
  expect([stage.problems, stage.folders]).toEqual([[], []]);
});
