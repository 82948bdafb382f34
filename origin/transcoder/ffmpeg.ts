import { FfmpegError } from './error.ts';
import type { LadderWish } from './ladder.ts';
import { askFfmpeg, locateFfmpeg } from './program.ts';
import { tryEncoder } from './trial.ts';

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
/** Also where another encoder makes the rungs: the machine is measured with libx264. */
const alwaysNeeded = ['libx264', 'aac'];

/** The encoders that a wish may need, by name. */
export function encodersOf({ encoder, extraRungs, opus }: LadderWish): readonly string[] {
  const named = [encoder, ...extraRungs.map((extra) => extra.encoder)].filter((name) => !alwaysNeeded.includes(name));
  return [...new Set(named), ...(opus ? ['libopus'] : [])];
}

/**
 * Checks that ffmpeg is here, new enough (`-fps_mode`, `-force_key_frames source`), has our encoders, and that those
 * for video which are not always needed really encode. Throws FfmpegError `ffmpeg_missing`, `ffmpeg_too_old`,
 * `ffmpeg_lacks_encoder`, `ffmpeg_failed`, `encoder_unusable`, `encoder_unknown`.
 * @param wanted more encoders that have to be there
 */
export async function checkFfmpeg(ffmpegPath: string, wanted: readonly string[] = []): Promise<FfmpegFacts> {
  const [path, versionText, encodersText] = await Promise.all([
    locateFfmpeg(ffmpegPath),
    askFfmpeg(ffmpegPath, ['-hide_banner', '-version']),
    askFfmpeg(ffmpegPath, ['-hide_banner', '-encoders']),
  ]);
  const facts = { path, ...judgeFfmpeg(versionText, encodersText, wanted) };
  for (const name of wanted) if (name !== 'libopus') await tryEncoder(ffmpegPath, name);
  return facts;
}

/** The judgement on what `-version` and `-encoders` print; separate, so that it can be shown with texts. */
export function judgeFfmpeg(
  versionText: string,
  encodersText: string,
  wanted: readonly string[] = [],
): Omit<FfmpegFacts, 'path'> {
  const version = /^ffmpeg version (\S+)/.exec(versionText)?.[1] ?? 'unknown';
  if (!isAtLeast(version, oldest)) {
    const message = `This ffmpeg is version ${version}; 5.1 or newer is needed. Install a newer one or set FFMPEG_PATH.`;
    throw new FfmpegError('ffmpeg_too_old', message);
  }
  const encoders = new Set([...encodersText.matchAll(/^ [VA][A-Z.]{5} ([^\s=]+)/gm)].map((line) => line[1] ?? ''));
  const lacking = [...alwaysNeeded, ...wanted].filter((name) => !encoders.has(name));
  if (lacking.length > 0) {
    const configured = lacking.some((name) => wanted.includes(name));
    const other = configured ? `, or name others in "ladder" in the origin's configuration` : '';
    const message = `This ffmpeg has no encoder ${lacking.join(' and ')}. Install a full build (with GPL parts) or set FFMPEG_PATH${other}.`;
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
