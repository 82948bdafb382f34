import { FfmpegError } from './error.ts';
import { askFfmpeg, locateFfmpeg } from './program.ts';

/** What the ffmpeg program is and can do. */
export interface FfmpegFacts {
  /** Where it is. */
  readonly path: string;
  /** As it names itself: `5.1.9-0+deb12u1`, `n7.1`, `N-109000-g1234567`. */
  readonly version: string;
  /** Video and audio encoders by name. */
  readonly encoders: ReadonlySet<string>;
  /** Whether it reads HEVC, VP9 and AV1 in FLV (Enhanced RTMP, from 6.1). */
  readonly enhancedFlv: boolean;
}

const oldest = [5, 1] as const;
const enhanced = [6, 1] as const;
const neededEncoders = ['libx264', 'aac'];

/**
 * Checks that ffmpeg is here, new enough (`-fps_mode`, `-force_key_frames source`) and has our encoders.
 * Throws FfmpegError `ffmpeg_missing`, `ffmpeg_too_old`, `ffmpeg_lacks_encoder`, `ffmpeg_failed`.
 */
export async function checkFfmpeg(ffmpegPath: string): Promise<FfmpegFacts> {
  const [path, versionText, encodersText] = await Promise.all([
    locateFfmpeg(ffmpegPath),
    askFfmpeg(ffmpegPath, ['-hide_banner', '-version']),
    askFfmpeg(ffmpegPath, ['-hide_banner', '-encoders']),
  ]);
  return { path, ...judgeFfmpeg(versionText, encodersText) };
}

/** The judgement on what `-version` and `-encoders` print; separate, so that it can be shown with texts. */
export function judgeFfmpeg(versionText: string, encodersText: string): Omit<FfmpegFacts, 'path'> {
  const version = /^ffmpeg version (\S+)/.exec(versionText)?.[1] ?? 'unknown';
  if (!isAtLeast(version, oldest)) {
    const message = `This ffmpeg is version ${version}; 5.1 or newer is needed. Install a newer one or set FFMPEG_PATH.`;
    throw new FfmpegError('ffmpeg_too_old', message);
  }
  const encoders = new Set([...encodersText.matchAll(/^ [VA][A-Z.]{5} ([^\s=]+)/gm)].map((line) => line[1] ?? ''));
  const lacking = neededEncoders.filter((name) => !encoders.has(name));
  if (lacking.length > 0) {
    const message = `This ffmpeg has no encoder ${lacking.join(' and ')}. Install a full build (with GPL parts) or set FFMPEG_PATH.`;
    throw new FfmpegError('ffmpeg_lacks_encoder', message);
  }
  return { version, encoders, enhancedFlv: isAtLeast(version, enhanced) };
}

/** Builds without a release number (`N-…`, `git-…`, a date) are current ones. */
function isAtLeast(version: string, wanted: readonly [number, number]): boolean {
  const release = /^n?(\d{1,2})\.(\d{1,3})/.exec(version);
  if (!release) return version !== 'unknown';
  const [major, minor] = [Number(release[1]), Number(release[2])];
  return major > wanted[0] || (major === wanted[0] && minor >= wanted[1]);
}
