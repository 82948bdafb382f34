import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { paths } from './local/paths.ts';
import { paint, print, seconds } from './local/terminal.ts';

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  // TypeScript 7.0 does not look again at files whose imports changed: an incremental run reports stale results.
  { name: 'types', program: 'tsc', args: ['-b', '--force', '--pretty', 'false'] },
  { name: 'format and lint', program: 'biome', args: ['ci', '--colors=off'] },
  { name: 'dead code', program: 'knip', args: ['--no-progress'] },
];

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly durationMs: number;
}

function run({ program, args }: Check): Promise<Outcome> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(join(paths.bin, program), args, { cwd: paths.root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = (ok: boolean) => resolve({ ok, output, durationMs: Date.now() - started });
    child.on('error', (error) => {
      output += error.message;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

let failed = 0;
const running = checks.map((check) => ({ check, outcome: run(check) }));
for (const { check, outcome } of running) {
  const { ok, output, durationMs } = await outcome;
  const mark = ok ? paint('green', 'ok    ') : paint('red', 'failed');
  print(`${mark}  ${check.name.padEnd(16)} ${paint('dim', seconds(durationMs))}`);
  if (ok) continue;
  failed++;
  print(output.trimEnd(), '');
}
print(failed === 0 ? 'All checks hold.' : `${failed} of ${checks.length} checks failed.`);
process.exitCode = failed === 0 ? 0 : 1;
