import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canaryVariable } from '../test/support/canary-notes.ts';
import { judgeRun } from '../test/support/canary-verdict.ts';
import { ProcessLog } from '../test/support/process-words.ts';
import { build, buildEnvironment } from './local/build.ts';
import { paths } from './local/paths.ts';
import { readIfThere } from './local/private-file.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';
import { countTests } from './test-count.ts';

const resultsPath = join(paths.root, '.cache/test-results.json');
/** Where stages note their secrets and logs for the last look; it is gone afterwards. */
const canaryFolder = join(paths.root, '.cache/canaries');
const processLookMs = 1_000;

async function main(): Promise<void> {
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
  mkdirSync(join(paths.root, '.cache'), { recursive: true });
  rmSync(resultsPath, { force: true });
  const { code, processes } = await runVitest(process.argv.slice(2));
  const { passed, failed } = countTests(readIfThere(resultsPath), code, lookForSecrets(processes));
  process.exitCode = failed === 0 ? 0 : 1;
  print('', `${passed} passed, ${failed} failed`);
}

/** Nothing secret may be left behind by the whole run: null where no test had anything to hide. */
function lookForSecrets(processes: ProcessLog): boolean | null {
  const bundles = join(paths.root, 'dist');
  const { found, canaries } = judgeRun({
    folder: canaryFolder,
    bundles,
    reports: [resultsPath],
    processes: processes.seen,
  });
  rmSync(canaryFolder, { recursive: true, force: true });
  if (canaries === 0) return null;
  const words = `${canaries} secrets of the tests, in logs, state, bundles, reports and processes`;
  print('', found.length === 0 ? paint('green', `Found none of ${words}.`) : paint('red', `Looked for ${words}:`));
  for (const place of found) print(`  ${place}`);
  return found.length === 0;
}

async function runVitest(args: readonly string[]): Promise<{ code: number; processes: ProcessLog }> {
  const { NODE_ENV: _, ...environment } = { ...buildEnvironment, ...process.env };
  rmSync(canaryFolder, { recursive: true, force: true });
  mkdirSync(canaryFolder, { mode: 0o700 });
  const child = spawn(
    process.execPath,
    [
      join(paths.root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`],
      ...args,
    ],
    {
      cwd: paths.root,
      env: { ...environment, [canaryVariable]: canaryFolder },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const processes = new ProcessLog();
  const looking = setInterval(() => processes.look(process.pid), processLookMs);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
    return { code, processes };
  } finally {
    clearInterval(looking);
  }
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
  print('', '0 passed, 1 failed');
});
