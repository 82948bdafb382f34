import { execFile } from 'node:child_process';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { FfmpegError } from './error.ts';

/**
 * The environment of every ffmpeg process: nothing of ours, so no secret gets there and no proxy setting can lead media
 * away from loopback.
 */
export const emptyEnvironment: Readonly<Record<string, string>> = Object.freeze({});

const found = new Map<string, Promise<string>>();

/** The path of a program that may be given by name. Throws FfmpegError `ffmpeg_missing`. */
export function locateFfmpeg(ffmpegPath: string): Promise<string> {
  let path = found.get(ffmpegPath);
  if (!path) {
    path = locate(ffmpegPath);
    found.set(ffmpegPath, path);
    path.catch(() => found.delete(ffmpegPath));
  }
  return path;
}

/** Text on stdout of a short ffmpeg run. Throws FfmpegError `ffmpeg_missing` and `ffmpeg_failed`. */
export async function askFfmpeg(ffmpegPath: string, question: readonly string[]): Promise<string> {
  const path = await locateFfmpeg(ffmpegPath);
  return run(path, question, { env: emptyEnvironment }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'EACCES') throw missing(ffmpegPath, cause);
    const message = `${ffmpegPath} ${question.join(' ')} failed. Install ffmpeg 5.1 or newer, or set FFMPEG_PATH.`;
    throw new FfmpegError('ffmpeg_failed', message, { cause });
  });
}

/** The error for a program that cannot be started. */
export function missing(ffmpegPath: string, cause: unknown): FfmpegError {
  const message = `ffmpeg cannot be started as "${ffmpegPath}". Install it (apt install ffmpeg, brew install ffmpeg) or set FFMPEG_PATH.`;
  return new FfmpegError('ffmpeg_missing', message, { cause });
}

/** A bare name is looked up by the shell, which knows the search path of this process; our children do not. */
async function locate(ffmpegPath: string): Promise<string> {
  if (ffmpegPath.includes('/') || process.platform === 'win32') return ffmpegPath;
  try {
    return (await run('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', ffmpegPath], {})).trim();
  } catch (cause) {
    throw missing(ffmpegPath, cause);
  }
}

function run(path: string, parameters: readonly string[], options: { env?: NodeJS.ProcessEnv }): Promise<string> {
  const { questionMsMax, answerBytesMax } = transcoderLimits;
  const limits = { timeout: questionMsMax, killSignal: 'SIGKILL', maxBuffer: answerBytesMax } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(path, parameters, { ...options, ...limits, encoding: 'utf8' }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}
