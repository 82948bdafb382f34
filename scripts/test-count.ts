/** The parts of vitest's JSON report that are read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/**
 * Counts tests from vitest's JSON report. A file that could not be loaded counts as one failure, and so does a run
 * that ended badly although no test failed (an unhandled error, no report, no test at all).
 * @param isClean whether the look for secrets after all tests, one test more, found none; null: there was none
 */
export function countTests(
  reportText: string | null,
  exitCode: number,
  isClean: boolean | null = null,
): { passed: number; failed: number } {
  const { passed, failed } = countReported(reportText, exitCode);
  if (isClean === null) return { passed, failed };
  return isClean ? { passed: passed + 1, failed } : { passed, failed: failed + 1 };
}

function countReported(reportText: string | null, exitCode: number): { passed: number; failed: number } {
  if (reportText === null) return { passed: 0, failed: 1 };
  const report = JSON.parse(reportText) as Report;
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = report.numFailedTests + broken.length;
  return { passed: report.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}
