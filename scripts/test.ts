import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { canaryVariable } from '../test/support/canary-notes.ts';
import { judgeRun } from '../test/support/canary-verdict.ts';
import { ProcessLog } from '../test/support/process-words.ts';
import { processFolders } from '../vitest.config.ts';
import { build, buildEnvironment } from './local/build.ts';
import { paths } from './local/paths.ts';
import { readIfThere } from './local/private-file.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';
import {
  countTests,
  failedTests,
  filesOfSecondTry,
  type TestReport,
  type TestRun,
  withSecondTry,
} from './testing/report.ts';
import { strayErrorsVariable } from './testing/stray-errors.ts';

const cache = join(paths.root, '.cache');
const reports = { first: join(cache, 'test-results.json'), second: join(cache, 'test-results-again.json') };
const strayErrors = join(cache, 'stray-errors');
/** Where stages note their secrets and logs for the last look; it is gone afterwards. */
const canaryFolder = join(cache, 'canaries');
const processLookMs = 1_000;

async function main(): Promise<void> {
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
  mkdirSync(cache, { recursive: true });
  rmSync(canaryFolder, { recursive: true, force: true });
  mkdirSync(canaryFolder, { mode: 0o700 });
  for (const path of Object.values(reports)) rmSync(path, { force: true });
  const processes = new ProcessLog();
  const looking = setInterval(() => processes.look(process.pid), processLookMs);
  const run = await runTests(process.argv.slice(2)).finally(() => clearInterval(looking));
  const { passed, failed } = countTests(run, lookForSecrets(processes));
  process.exitCode = failed === 0 ? 0 : 1;
  print('', `${passed} passed, ${failed} failed`);
}

/** Runs the tests; a few files in real time that failed are run once more, and what took that is told. */
async function runTests(args: readonly string[]): Promise<TestRun> {
  const first = await runVitest(reports.first, args);
  const again = filesOfSecondTry(first, isRealTime);
  if (again.length === 0) return first;
  const files = again.map((path) => relative(paths.root, path));
  const told = failedTests(first).map((test) => relative(paths.root, test));
  print(
    '',
    paint('yellow', `A second try, each file by itself: ${files.join(', ')}`),
    ...told.map((test) => `  ${test}`),
    '',
  );
  const run = withSecondTry(first, await runVitest(reports.second, ['--maxWorkers=1', ...files]));
  print('', paint('yellow', 'The first try had failed in:'), ...told.map((test) => `  ${test}`));
  return run;
}

function isRealTime(path: string): boolean {
  const name = relative(join(paths.root, 'test'), path);
  return processFolders.some((folder) => name.startsWith(`${folder}/`));
}

/** Nothing secret may be left behind by the whole run: null where no test had anything to hide. */
function lookForSecrets(processes: ProcessLog): boolean | null {
  const bundles = join(paths.root, 'dist');
  const { found, canaries } = judgeRun({
    folder: canaryFolder,
    bundles,
    reports: Object.values(reports),
    processes: processes.seen,
  });
  rmSync(canaryFolder, { recursive: true, force: true });
  if (canaries === 0) return null;
  const words = `${canaries} secrets of the tests, in logs, state, bundles, reports and processes`;
  print('', found.length === 0 ? paint('green', `Found none of ${words}.`) : paint('red', `Looked for ${words}:`));
  for (const place of found) print(`  ${place}`);
  return found.length === 0;
}

async function runVitest(reportPath: string, args: readonly string[]): Promise<TestRun> {
  const { NODE_ENV: _, ...environment } = { ...buildEnvironment, ...process.env };
  rmSync(strayErrors, { force: true });
  const reporters = ['default', 'json', join(paths.root, 'scripts/testing/stray-errors.ts')];
  const child = spawn(
    process.execPath,
    [
      join(paths.root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...reporters.map((reporter) => `--reporter=${reporter}`),
      `--outputFile.json=${reportPath}`,
      ...args,
    ],
    {
      cwd: paths.root,
      env: { ...environment, [canaryVariable]: canaryFolder, [strayErrorsVariable]: strayErrors },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
  const text = readIfThere(reportPath);
  const report = text === null ? null : (JSON.parse(text) as TestReport);
  return { report, exitCode, hasStrayErrors: readIfThere(strayErrors) !== null };
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
  print('', '0 passed, 1 failed');
});
