import { join } from 'node:path';
import { run } from './run.ts';

// Whoever reads the output may leave before the end (headwater channel list | head -1).
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(0));

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  root: join(import.meta.dirname, '..'),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  input: process.stdin,
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  inputIsTerminal: process.stdin.isTTY === true,
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    }),
});
