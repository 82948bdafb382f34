import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from './start-error.ts';

const versionMin = [5, 1] as const;
const checkMsMax = 20_000;

/** The ffmpeg to use: FFMPEG_PATH, or the one on PATH. */
export function ffmpegPath(): string {
  return process.env.FFMPEG_PATH || 'ffmpeg';
}

/** Throws `ffmpeg_missing` or `ffmpeg_too_old`. A version that is not a number (a build from git) is taken as new. */
export async function checkFfmpeg(path: string): Promise<void> {
  let text: string;
  try {
    ({ stdout: text } = await promisify(execFile)(path, ['-version'], { timeout: checkMsMax }));
  } catch (cause) {
    throw new StartError('ffmpeg_missing', `ffmpeg does not run (${path}).`, `Run "npm run setup", or ${install}`, {
      cause,
    });
  }
  const [, major, minor] = /^ffmpeg version n?(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined) return;
  const isOld = Number(major) < versionMin[0] || (Number(major) === versionMin[0] && Number(minor) < versionMin[1]);
  if (isOld) {
    throw new StartError(
      'ffmpeg_too_old',
      `ffmpeg ${major}.${minor} (${path}) is too old.`,
      `It must be 5.1 or newer: ${install}`,
    );
  }
}

const install = 'install a newer one and name it in FFMPEG_PATH.';
