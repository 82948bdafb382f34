import { afterEach, expect, it } from 'vitest';
import type { ImportProgress } from '#shared/wire/control.ts';
import { ControlError } from '../../origin/broadcast/control-client.ts';
import { JobReporter } from '../../origin/import/job-reporter.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';

const problem = { code: 'file_not_mp4', detail: 'It is none.' };
const away = new ControlError('control_unreachable', 'no answer', null);
const refused = new ControlError('control_refused', 'answered 403', 403);
let reporter: JobReporter;
afterEach(() => reporter.stop());

/** Reports whose first answers are these errors; `over` counts the ends that it was told. */
function start(...errors: readonly Error[]) {
  const left = [...errors];
  const seen = { told: [] as ImportProgress[], over: 0, goesOn: true };
  const reportImport = async (progress: ImportProgress) => {
    seen.told.push(progress);
    const error = left.shift();
    if (error) throw error;
    return { goesOn: seen.goesOn };
  };
  const onOver = () => {
    seen.over++;
  };
  reporter = new JobReporter({
    ...{ control: { reportImport }, originId: 'o-1', id: 'i_1', onOver, log: silentLog },
    everyMs: 5,
  });
  return seen;
}

it('says all the time how far a job is, also where nobody answers', async () => {
  const seen = start(away, refused);
  reporter.set({ state: 'encoding', share: 0.25 });
  await pollUntil(() => seen.told.length > 4);
  expect(seen.told.at(-1)).toMatchObject({ origin: 'o-1', id: 'i_1', state: 'encoding', share: 0.25, problem: null });
  expect(seen.over).toBe(0);
});

it('hears once that a job is over, and says no more', async () => {
  const seen = start();
  await pollUntil(() => seen.told.length > 1);
  seen.goesOn = false;
  await pollUntil(() => seen.over === 1);
  const { length } = seen.told;
  reporter.set({ state: 'uploading', share: 0 });
  expect([seen.told.length, seen.over]).toEqual([length, 1]);
});

it('says that a job failed until it is heard', async () => {
  const { told } = start(away, away, away);
  await reporter.fail(problem, new AbortController().signal);
  // The first was the report before.
  expect(told.map(({ state }) => state)).toEqual(['encoding', 'failed', 'failed', 'failed']);
  expect(told.at(-1)).toEqual({ origin: 'o-1', id: 'i_1', state: 'failed', share: 0, broadcast: null, problem });
});

it('does not say again that a job failed where that is refused, or nobody waits for it', async () => {
  const refusing = start(away, refused);
  await reporter.fail(problem, new AbortController().signal);
  expect(refusing.told.map(({ state }) => state)).toEqual(['encoding', 'failed']);
  await reporter.fail(problem, AbortSignal.abort());
  expect(refusing.told).toHaveLength(2);
});
