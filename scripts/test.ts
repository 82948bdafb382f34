import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildEnvironment } from './local/build.ts';
import { paths } from './local/paths.ts';
import { readIfThere } from './local/private-file.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';
import { countTests } from './test-count.ts';

const resultsPath = join(paths.root, '.cache/test-results.json');

async function main(): Promise<void> {
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
  mkdirSync(join(paths.root, '.cache'), { recursive: true });
  rmSync(resultsPath, { force: true });
  const code = await runVitest(process.argv.slice(2));
  const { passed, failed } = countTests(readIfThere(resultsPath), code);
  process.exitCode = failed === 0 ? 0 : 1;
  print('', `${passed} passed, ${failed} failed`);
}

function runVitest(args: readonly string[]): Promise<number> {
  const { NODE_ENV: _, ...environment } = { ...buildEnvironment, ...process.env };
  const child = spawn(
    process.execPath,
    [
      join(paths.root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${resultsPath}`],
      ...args,
    ],
    { cwd: paths.root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
  print('', '0 passed, 1 failed');
});
