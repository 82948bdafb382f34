import { execFile } from 'node:child_process';
import { type PictureCode, readCode } from './coded-picture.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Reads the code in a part of a JPEG. */
export async function readJpegCode(jpeg: Buffer, { x, y, width, height }: Rectangle): Promise<PictureCode | null> {
  const gray = await decode(jpeg, `crop=${width}:${height}:${x}:${y}:exact=1,scale=64:64:flags=area,format=gray`);
  const cells = Array.from({ length: 64 }, (_, i) => gray[(8 * Math.floor(i / 8) + 4) * 64 + 8 * (i % 8) + 4] ?? 0);
  return readCode(cells);
}

/** Width and height of a JPEG. */
export function jpegSize(jpeg: Buffer): { readonly width: number; readonly height: number } {
  for (let at = 2; at + 9 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0;
    // Start of frame, baseline to progressive.
    if (marker >= 0xc0 && marker <= 0xc2) {
      return { width: jpeg.readUInt16BE(at + 7), height: jpeg.readUInt16BE(at + 5) };
    }
  }
  throw new Error('This is no JPEG.');
}

function decode(jpeg: Buffer, filter: string): Promise<Buffer> {
  const args = ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-vf', filter, '-f', 'rawvideo', 'pipe:1'];
  return new Promise((resolve, reject) => {
    const child = execFile(process.env.FFMPEG_PATH ?? 'ffmpeg', args, { encoding: 'buffer' }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
    child.stdin?.end(jpeg);
  });
}
