import { expect, it } from 'vitest';
import {
  countTests,
  failedTests,
  filesOfSecondTry,
  type TestRun,
  withSecondTry,
} from '../../scripts/testing/report.ts';

type File = NonNullable<TestRun['report']>['testResults'][number];

function file(name: string, ...statuses: readonly string[]): File {
  const assertionResults = statuses.map((status, i) => ({ fullName: `test ${i}`, status }));
  return { name, status: statuses.includes('failed') ? 'failed' : 'passed', assertionResults };
}

function run(testResults: readonly File[], exitCode = 0, hasStrayErrors = false): TestRun {
  return { report: { testResults }, exitCode, hasStrayErrors };
}

const good = file('good', 'passed', 'passed', 'passed');
const bad = file('bad', 'passed', 'failed');
const broken: File = { name: 'broken', status: 'failed', assertionResults: [] };

it('every bad end of a test run counts as a failure', () => {
  expect(countTests(run([good]))).toEqual({ passed: 3, failed: 0 });
  expect(countTests(run([good, bad], 1))).toEqual({ passed: 4, failed: 1 });
  expect(countTests(run([good, bad, broken], 1))).toEqual({ passed: 4, failed: 2 });
  expect(countTests(run([good, { ...file('hook', 'skipped'), status: 'failed' }], 1))).toEqual({
    passed: 3,
    failed: 1,
  });
  expect(countTests(run([good], 1))).toEqual({ passed: 3, failed: 1 });
  expect(countTests({ report: null, exitCode: 1, hasStrayErrors: false })).toEqual({ passed: 0, failed: 1 });
  expect(countTests(run([good]), true)).toEqual({ passed: 4, failed: 0 });
  expect(countTests(run([good]), false)).toEqual({ passed: 3, failed: 1 });
});

it('a few files in real time that failed are run again, and nothing else', () => {
  const again = (...args: Parameters<typeof run>) => filesOfSecondTry(run(...args), (path) => path !== 'pure');
  expect(again([good])).toEqual([]);
  expect(again([good, bad, broken], 1)).toEqual(['bad', 'broken']);
  expect(again([bad, file('pure', 'failed')], 1)).toEqual([]);
  expect(again([bad], 1, true)).toEqual([]);
  expect(
    again(
      ['a', 'b', 'c', 'd'].map((name) => file(name, 'failed')),
      1,
    ),
  ).toHaveLength(4);
  expect(
    again(
      ['a', 'b', 'c', 'd', 'e'].map((name) => file(name, 'failed')),
      1,
    ),
  ).toEqual([]);
});

it('the second try counts for what was run again, whatever it found', () => {
  const first = run([good, bad], 1);
  expect(failedTests(first)).toEqual(['bad: test 1']);
  expect(countTests(withSecondTry(first, run([file('bad', 'passed', 'passed')])))).toEqual({ passed: 5, failed: 0 });
  expect(countTests(withSecondTry(first, run([bad], 1)))).toEqual({ passed: 4, failed: 1 });
  expect(countTests(withSecondTry(first, run([file('bad', 'passed', 'passed')], 1)))).toEqual({ passed: 5, failed: 1 });
  expect(withSecondTry(first, { report: null, exitCode: 1, hasStrayErrors: false })).toBe(first);
});
