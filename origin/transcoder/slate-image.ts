import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slateLimits } from '#shared/limits/transcoder.ts';
import { FfmpegError } from './error.ts';
import { askFfmpeg } from './program.ts';
import { pictureOptions } from './slate-arguments.ts';

const builtIn = fileURLToPath(new URL('./slate.png', import.meta.url));
/** First bytes of PNG and JPEG files. */
const signatures = [Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('ffd8ff', 'hex')];
const wayOut =
  'Set "slateImage" (HEADWATER_SLATE_IMAGE) to a PNG or JPEG file, or leave it out for the built-in picture.';

/**
 * The absolute path of the slate's picture, which can be decoded: the operator's, or the built-in one.
 * Throws FfmpegError `slate_image_unreadable`, `slate_image_invalid`, `ffmpeg_missing`.
 */
export async function checkSlateImage(ffmpegPath: string, configured: string | null): Promise<string> {
  const path = configured === null ? builtIn : resolve(configured);
  const { head, sizeBytes } = await readHead(path);
  if (!signatures.some((signature) => head.subarray(0, signature.length).equals(signature))) {
    throw invalid(path, 'is neither PNG nor JPEG');
  }
  if (sizeBytes > slateLimits.imageBytesMax) throw invalid(path, `is larger than ${slateLimits.imageBytesMax} bytes`);
  try {
    const strict = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-xerror', '-err_detect', 'explode'];
    await askFfmpeg(ffmpegPath, [...strict, ...pictureOptions('1'), '-i', path, '-frames:v', '1', '-f', 'null', '-']);
  } catch (cause) {
    if (cause instanceof FfmpegError && cause.code === 'ffmpeg_failed') throw invalid(path, 'cannot be decoded', cause);
    throw cause;
  }
  return path;
}

async function readHead(path: string): Promise<{ readonly head: Buffer; readonly sizeBytes: number }> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return { head: buffer.subarray(0, bytesRead), sizeBytes: (await file.stat()).size };
  } catch (cause) {
    throw new FfmpegError('slate_image_unreadable', `The slate's picture ${path} cannot be read. ${wayOut}`, { cause });
  }
}

function invalid(path: string, fault: string, cause?: unknown): FfmpegError {
  return new FfmpegError('slate_image_invalid', `The slate's picture ${path} ${fault}. ${wayOut}`, { cause });
}
