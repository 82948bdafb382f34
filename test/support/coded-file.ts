import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { drawCode } from './coded-picture.ts';

export interface CodedFileOptions {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly sound: boolean;
  /** The file says that its pictures are to be turned by 90 degrees. */
  readonly turned?: boolean;
}

/** Writes an MP4 of numbered pictures, 30 a second, with its index in front; returns its path. */
export async function writeCodedFile(path: string, options: CodedFileOptions): Promise<string> {
  const { width, height, seconds, sound, turned = false } = options;
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', '30', '-i', 'pipe:0'];
  const tone = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=44100:duration=${seconds}`];
  const args = [
    ...['-v', 'error', '-y', ...raw, ...(sound ? tone : [])],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '250', '-pix_fmt', 'yuv420p'],
    ...(sound ? ['-c:a', 'aac'] : []),
    ...['-movflags', '+faststart', '-f', 'mp4', path],
  ];
  const child = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const closed = once(child, 'close');
  for (let frame = 0; frame < seconds * 30; frame++) {
    const fits = child.stdin.write(drawCode({ frame, atMs: 33 * frame }, width, height));
    if (!fits) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ffmpeg left with ${code}`);
  if (turned) await turn(path, height);
  return path;
}

/** Writes into the file's first track that it is shown turned by 90 degrees (ISO/IEC 14496-12, 8.3.2). */
async function turn(path: string, height: number): Promise<void> {
  const bytes = await readFile(path);
  const matrixAt = bytes.indexOf('tkhd') + 4 + 40;
  const one = 0x10000;
  const matrix = [0, one, 0, -one, 0, 0, height * one, 0, 0x40000000];
  for (const [i, value] of matrix.entries()) bytes.writeInt32BE(value, matrixAt + 4 * i);
  await writeFile(path, bytes);
}
