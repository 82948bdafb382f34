import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** ffmpeg with an input that is handed on at so many bytes a second, after so many that come as they like. Its own end, however it comes, ends ffmpeg's input. */
const throttle = (bytesPerSecond: number, freeBytes: number) => `
const { spawn } = require('node:child_process');
const child = spawn('ffmpeg', process.argv.slice(2), { stdio: ['pipe', 'inherit', 'inherit'] });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
child.on('error', () => process.exit(1));
child.stdin.on('error', () => {});
process.stdin.on('end', () => child.stdin.end());
let free = ${Math.round(freeBytes)};
setInterval(() => {
  const most = free > 0 ? Infinity : ${Math.round(bytesPerSecond / 20)};
  const piece = process.stdin.read(Math.min(process.stdin.readableLength, most));
  if (piece) child.stdin.write(piece);
  free -= piece?.length ?? 0;
}, 50);
process.stdin.on('readable', () => {});
`;

/**
 * Writes a program that is ffmpeg but for the first time that one of the outputs is that rendition: then it gets only so
 * many bytes of its input a second, after `freeBytes`, as if this rendition made it too slow, on a machine that has more
 * time later.
 */
export async function writeSlowFfmpeg(
  dir: string,
  rendition: string,
  bytesPerSecond: number,
  freeBytes = 0,
): Promise<string> {
  const path = join(dir, 'slow-ffmpeg');
  const slow = join(dir, 'throttle.cjs');
  const seen = join(dir, 'was-slow');
  await writeFile(slow, throttle(bytesPerSecond, freeBytes));
  const program = `#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin
for one; do
  case "$one" in
    */${rendition}) [ -e '${seen}' ] || { : >'${seen}'; exec '${process.execPath}' '${slow}' "$@"; } ;;
  esac
done
exec ffmpeg "$@"
`;
  await writeFile(path, program);
  await chmod(path, 0o755);
  return path;
}
