/** The parts of vitest's JSON report that are read. */
export interface TestReport {
  readonly testResults: readonly ReportedFile[];
}

interface ReportedFile {
  /** Its path. */
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

/** What a run of vitest ended with. */
export interface TestRun {
  /** null: it wrote none. */
  readonly report: TestReport | null;
  readonly exitCode: number;
  /** Whether something failed outside of all tests. */
  readonly hasStrayErrors: boolean;
}

/** More files than this fail of one cause, which a second try would only hide or repeat. */
const secondTryFilesMax = 4;

/**
 * The files to run again, whole and by themselves: those that failed, where they are few and all of them work in real
 * time. Tests of one file share a stack that a failure may leave in any state, so trying a test again in it proves little.
 */
export function filesOfSecondTry(
  { report, hasStrayErrors }: TestRun,
  isRealTime: (path: string) => boolean,
): readonly string[] {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
  return hasStrayErrors || failed.length > secondTryFilesMax || !failed.every(isRealTime) ? [] : failed;
}

/** The run with the second try in place of what failed in the first. */
export function withSecondTry(first: TestRun, second: TestRun): TestRun {
  if (second.report === null) return first;
  const again = new Map(second.report.testResults.map((file) => [file.name, file]));
  const testResults = (first.report?.testResults ?? []).map((file) => again.get(file.name) ?? file);
  return { ...second, report: { testResults } };
}

/** `<file>: <test>` for each test that failed in these files. */
export function failedTests({ report }: TestRun): readonly string[] {
  return (report?.testResults ?? []).flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    if (status === 'failed' && failed.length === 0) failed.push('the file itself');
    return failed.map((test) => `${name}: ${test}`);
  });
}

/**
 * Counts tests. A file that failed without a failed test (it could not be loaded, a hook) counts as one failure, and so
 * does a run that ended badly although no test failed (an unhandled error, no report, no test at all).
 * @param isClean whether the look for secrets after all tests, one test more, found none; null: there was none
 */
export function countTests(run: TestRun, isClean: boolean | null = null): { passed: number; failed: number } {
  const { passed, failed } = countReported(run);
  if (isClean === null) return { passed, failed };
  return isClean ? { passed: passed + 1, failed } : { passed, failed: failed + 1 };
}

function countReported(run: TestRun): { passed: number; failed: number } {
  if (run.report === null) return { passed: 0, failed: 1 };
  const tests = run.report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = failedTests(run).length;
  return { passed, failed: failed === 0 && run.exitCode !== 0 ? 1 : failed };
}
