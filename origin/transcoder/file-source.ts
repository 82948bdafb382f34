import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { importLimits } from '#shared/limits/store.ts';
import type { SourceAudio, SourceDescription, SourceVideo } from '#shared/model/source.ts';
import { FfmpegError } from './error.ts';
import { FileError } from './file-error.ts';
import { askFfmpeg } from './program.ts';

/** A file that can be imported. */
export interface FileSource {
  /** Absolute, without links. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of its picture, else of its sound. */
  readonly durationMs: number;
  readonly source: SourceDescription;
}

/** One stream as ffprobe tells of it; numbers are texts there. */
interface ProbedStream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly has_b_frames?: number;
  /** `progressive`, `unknown`, or which field comes first: `tt`, `bb`, `tb`, `bt`. */
  readonly field_order?: string;
  readonly bit_rate?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly duration?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly duration?: string };
}

/** Codecs whose decoders a file may bring to work: those of cameras, recorders and editors. */
const decoders = [
  ...['h264', 'hevc', 'av1', 'libdav1d', 'libaom-av1', 'vp8', 'vp9', 'libvpx', 'libvpx-vp9', 'mpeg4', 'mpeg2video'],
  ...['mjpeg', 'prores', 'dnxhd', 'aac', 'aac_latm', 'mp3', 'mp3float', 'ac3', 'eac3', 'opus', 'libopus', 'flac'],
  ...['alac', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_f32le'],
];

/** What stands in front of a file wherever ffmpeg reads it: this demuxer, these decoders, this file and nothing that it names. */
export const fileOptions: readonly string[] = [
  ...['-protocol_whitelist', 'file', '-codec_whitelist', decoders.join(',')],
  ...['-enable_drefs', '0', '-f', 'mov'],
];

/** Looks at a file. Throws FileError; reads at most its headers. */
export async function openFile(ffmpegPath: string, name: string): Promise<FileSource> {
  const { path, sizeBytes } = await findFile(name);
  const { streams = [], format } = await probe(ffmpegPath, path);
  const picture = streams.find((one) => one.codec_type === 'video' && one.disposition?.attached_pic !== 1);
  const sound = streams.find((one) => one.codec_type === 'audio');
  const source = { video: picture ? videoOf(picture) : null, audio: sound ? audioOf(sound) : null, encoder: 'import' };
  if (!source.video && !source.audio) {
    throw new FileError('file_no_media', 'The file has neither picture nor sound. Look whether it is the right one.');
  }
  const durationMs = Math.round(1_000 * Number((picture ?? sound)?.duration ?? format?.duration ?? 0));
  return { path, sizeBytes, durationMs: checkDuration(durationMs), source };
}

async function findFile(name: string): Promise<{ readonly path: string; readonly sizeBytes: number }> {
  const found = await realpath(name)
    .then(async (path) => ({ path, info: await stat(path) }))
    .catch((cause) => {
      throw new FileError('file_not_found', `${name} cannot be opened. Check the path and its permissions.`, { cause });
    });
  const { path, info } = found;
  if (!info.isFile()) throw new FileError('file_not_found', `${name} is no file. Give the path of an MP4 file.`);
  const { fileBytesMax } = importLimits;
  if (info.size <= fileBytesMax) return { path, sizeBytes: info.size };
  const gib = Math.round(fileBytesMax / 2 ** 30);
  throw new FileError('file_too_large', `The file is larger than ${gib} GiB. Cut it into pieces and import each.`);
}

async function probe(ffmpegPath: string, path: string): Promise<Probed> {
  const entries = [
    'format=duration:stream=codec_type,codec_name,width,height,avg_frame_rate,r_frame_rate,has_b_frames',
    'bit_rate,field_order,sample_rate,channels,duration:stream_disposition=attached_pic:stream_side_data=rotation',
  ].join(',');
  const question = ['-v', 'error', ...fileOptions, '-show_entries', entries, '-of', 'json', `file:${path}`];
  try {
    return JSON.parse(await askFfmpeg(ffprobeOf(ffmpegPath), question)) as Probed;
  } catch (cause) {
    if (cause instanceof FfmpegError && cause.code === 'ffmpeg_missing') {
      throw new FileError('ffprobe_missing', 'There is no ffprobe beside ffmpeg. Install it with ffmpeg.', { cause });
    }
    const way = 'Turn it into one without encoding: ffmpeg -i <file> -c copy out.mp4';
    throw new FileError('file_not_mp4', `The file cannot be read as MP4 or MOV. ${way}`, { cause });
  }
}

/** The program that comes with an ffmpeg: beside it, with the same suffix. */
function ffprobeOf(ffmpegPath: string): string {
  const name = basename(ffmpegPath).replace('ffmpeg', 'ffprobe');
  return ffmpegPath.includes('/') ? join(dirname(ffmpegPath), name) : name;
}

function checkDuration(durationMs: number): number {
  const { durationMsMin, durationMsMax } = importLimits;
  if (!(durationMs >= durationMsMin)) {
    throw new FileError(
      'file_too_short',
      `The file lasts less than ${durationMsMin / 1_000} s, or does not say how long.`,
    );
  }
  if (durationMs <= durationMsMax) return durationMs;
  const hours = durationMsMax / 3_600_000;
  throw new FileError('file_too_long', `The file lasts longer than ${hours} h. Cut it into pieces and import each.`);
}

/** As ffmpeg shows it: turned when the file says so, which decoding does by itself. */
function videoOf(stream: ProbedStream): SourceVideo {
  const { width = 0, height = 0 } = stream;
  const isTurned = stream.side_data_list?.some(({ rotation = 0 }) => Math.abs(rotation) % 180 === 90) === true;
  const [average, highest] = [rateOf(stream.avg_frame_rate), rateOf(stream.r_frame_rate)];
  const frameRate = average > 0 ? average : highest;
  return {
    ...{ codec: 'h264', codecString: '' }, // of whatever codec it is: all of it is encoded
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    frameRate,
    frameRateConstant: Math.abs(average - highest) <= 0.01 * highest,
    ...{ gopMs: null, hasBFrames: (stream.has_b_frames ?? 0) > 0, openGop: false, captions: [] },
    interlaced: /^[tb][tb]$/.test(stream.field_order ?? ''),
    bitrate: Number(stream.bit_rate ?? 0) || 0,
  };
}

function audioOf({ sample_rate, channels = 2, bit_rate }: ProbedStream): SourceAudio {
  return { codec: 'aac', sampleRate: Number(sample_rate ?? 0) || 0, channels, bitrate: Number(bit_rate ?? 0) || 0 };
}

/** `30000/1001` */
function rateOf(text = '0/1'): number {
  const [num = 0, den = 1] = text.split('/').map(Number);
  return den > 0 ? num / den : 0;
}
