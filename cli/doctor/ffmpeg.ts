import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cliLimits } from '#shared/limits/cli.ts';
import { failed, ok, skipped, type Verdict } from './verdict.ts';

const versionMin = [5, 1] as const;
const needed = ['libx264', 'aac'];
/** What can be named in the ladder beside the ordinary rungs: docs/operate/codecs.md. */
const useful = /^(?:libx265|libvpx-vp9|libsvtav1|libopus|(?:h264|hevc|av1)_(?:nvenc|vaapi|qsv|videotoolbox))$/;
const install = 'Install it (apt install ffmpeg, brew install ffmpeg), or name another one in FFMPEG_PATH.';

type Ask = (args: readonly string[]) => Promise<string>;

/** ffmpeg's version, and the encoders that it has; both from the program itself. */
export async function checkFfmpeg(path: string, ask: Ask = asker(path)): Promise<readonly Verdict[]> {
  let banner: string;
  try {
    banner = await ask(['-version']);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? `There is no ${path}.` : `${path} does not run: ${message.split('\n')[0]}`;
    return [failed('ffmpeg', found, install), skipped('encoders', 'ffmpeg does not run')];
  }
  return [versionVerdict(path, banner), encodersVerdict(await ask(['-hide_banner', '-encoders']))];
}

function asker(path: string): Ask {
  const options = { timeout: cliLimits.questionMsMax, maxBuffer: cliLimits.questionBytesMax };
  return async (args) => (await promisify(execFile)(path, [...args], options)).stdout;
}

/** A version that is no number is a build from git, and taken as new. */
function versionVerdict(path: string, banner: string): Verdict {
  const [, version] = /^ffmpeg version (\S+)/.exec(banner) ?? [];
  if (version === undefined) return failed('ffmpeg', `${path} does not answer as ffmpeg does.`, install);
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? [];
  const isOld = Number(major) < versionMin[0] || (Number(major) === versionMin[0] && Number(minor) < versionMin[1]);
  if (major === undefined || !isOld) return ok('ffmpeg', `${version} (${path})`);
  return failed(
    'ffmpeg',
    `${version} (${path}) is too old.`,
    `It must be ${versionMin.join('.')} or newer. ${install}`,
  );
}

function encodersVerdict(listing: string): Verdict {
  const names = [...listing.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm)].map(([, name = '']) => name);
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    return failed('encoders', `ffmpeg lacks ${missing.join(' and ')}.`, `Install a full build. ${install}`);
  }
  const more = names.filter((name) => useful.test(name));
  const detail = `${needed.join(', ')}${more.length > 0 ? `; also built in: ${more.join(', ')}` : ''}`;
  return ok('encoders', detail);
}
