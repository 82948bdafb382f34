import { execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { thumbnailLimits } from '#shared/limits/store.ts';
import { FfmpegError } from './error.ts';
import { emptyEnvironment, locateFfmpeg } from './program.ts';

/** Size of a picture, pixels, both even. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Makes pictures of media. All reject with FfmpegError `ffmpeg_missing`, `ffmpeg_failed`. */
export interface PictureMaker {
  /** The first picture of an init segment and what follows it: raw yuv420p of exactly this size, with bars where it does not fit. */
  tile(media: readonly Buffer[], size: PictureSize): Promise<Buffer>;
  /** The same picture as a JPEG no larger than `size`. */
  poster(media: readonly Buffer[], size: PictureSize): Promise<Buffer>;
  /** One JPEG of tiles, row by row. */
  sheet(tiles: readonly Buffer[], size: PictureSize): Promise<Buffer>;
}

/**
 * One picture at a time for the whole origin, each a short ffmpeg of one thread at the lowest priority: encoders that run
 * beside it do not feel it, and where nothing is left for it, it runs into its time limit and the picture is left out.
 * @param msMax time limit of one
 */
export function createPictureMaker(ffmpegPath: string, msMax: number = thumbnailLimits.pictureMsMax): PictureMaker {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (parameters: readonly string[], input: readonly Buffer[]): Promise<Buffer> => {
    const made = last.then(() => run(ffmpegPath, parameters, input, msMax));
    last = made.catch(() => {});
    return made;
  };
  return {
    tile: (media, size) => inTurn([...fromMedia, '-vf', tileFilter(size), '-f', 'rawvideo', 'pipe:1'], media),
    poster: (media, size) => inTurn([...fromMedia, '-vf', posterFilter(size), ...asJpeg], media),
    sheet: (tiles, size) => inTurn([...fromTiles(size), '-vf', sheetFilter, ...asJpeg], tiles),
  };
}

/** The size of a picture whose longer side is `longerPixels` at most; both sides are even. */
export function pictureSize(source: PictureSize, longerPixels: number): PictureSize {
  const scale = Math.min(1, longerPixels / Math.max(source.width, source.height));
  const even = (pixels: number) => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  return { width: even(source.width), height: even(source.height) };
}

const quiet = ['-hide_banner', '-loglevel', 'error', '-threads', '1'];
// low_delay: the decoder gives the only picture that it gets at once. Sound and what comes after it are not looked at.
const fromMedia = [
  ...[...quiet, '-flags', 'low_delay', '-protocol_whitelist', 'pipe', '-f', 'mp4', '-i', 'pipe:0'],
  ...['-map', '0:v:0', '-frames:v', '1', '-threads', '1'],
];
const asJpeg = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '5', '-threads', '1', '-f', 'image2pipe', 'pipe:1'];
const sheetFilter = `tile=${thumbnailLimits.sheetColumns}x${thumbnailLimits.sheetRows}`;

function fromTiles({ width, height }: PictureSize): readonly string[] {
  const raw = ['-protocol_whitelist', 'pipe', '-f', 'rawvideo', '-pix_fmt', 'yuv420p'];
  return [...quiet, ...raw, '-video_size', `${width}x${height}`, '-i', 'pipe:0', '-frames:v', '1'];
}

function tileFilter(size: PictureSize): string {
  return `${posterFilter(size)},pad=${size.width}:${size.height}:-1:-1,format=yuv420p`;
}

function posterFilter({ width, height }: PictureSize): string {
  return `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
}

async function run(
  ffmpegPath: string,
  parameters: readonly string[],
  input: readonly Buffer[],
  msMax: number,
): Promise<Buffer> {
  const path = await locateFfmpeg(ffmpegPath);
  const { pictureBytesMax } = thumbnailLimits;
  const limits = { timeout: msMax, killSignal: 'SIGKILL', maxBuffer: pictureBytesMax } as const;
  const options = { ...limits, env: emptyEnvironment, encoding: 'buffer' } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(path, parameters, options, (cause, stdout) => {
      if (!cause && stdout.length > 0) resolve(stdout);
      else reject(new FfmpegError('ffmpeg_failed', 'ffmpeg made no picture of the media.', { cause }));
    });
    lowerPriority(child.pid);
    // It stops reading once it has its picture.
    child.stdin?.on('error', () => {});
    for (const piece of input) child.stdin?.write(piece);
    child.stdin?.end();
  });
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // it is over already, or the system does not allow it
  }
}
