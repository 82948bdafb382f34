import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a program that runs ffmpeg and, the first time that one of the outputs is that rendition, hands it only so many
 * bytes of its input a second: an encoder that this rendition makes too slow, on a machine that has more time later.
 */
export async function writeSlowFfmpeg(dir: string, rendition: string, bytesPerSecond: number): Promise<string> {
  const path = join(dir, 'slow-ffmpeg');
  const seen = JSON.stringify(join(dir, 'was-slow'));
  const program = `#!${process.execPath}
const { spawn } = require('node:child_process');
const args = process.argv.slice(2);
const { existsSync, writeFileSync } = require('node:fs');
const slow = args.some((one) => one.endsWith('/${rendition}')) && !existsSync(${seen});
if (slow) writeFileSync(${seen}, '');
const env = { PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin' };
const child = spawn('ffmpeg', args, { stdio: [slow ? 'pipe' : 'inherit', 'inherit', 'inherit'], env });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
child.on('error', () => process.exit(1));
if (slow) {
  child.stdin.on('error', () => {});
  process.stdin.on('end', () => child.stdin.end());
  setInterval(() => {
    const piece = process.stdin.read(Math.min(process.stdin.readableLength, ${Math.round(bytesPerSecond / 20)}));
    if (piece) child.stdin.write(piece);
  }, 50);
  process.stdin.on('readable', () => {});
}
`;
  await writeFile(path, program);
  await chmod(path, 0o755);
  return path;
}
