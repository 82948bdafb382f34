import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawCode, type PictureCode, readCode } from './coded-picture.ts';
import { createLiveWindow, type LiveWindowOptions } from './live-window.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const ffprobe = process.env.FFPROBE_PATH ?? 'ffprobe';

/** Pictures a second of a coded broadcast. */
export const codedRate = 30;
const height = 180;
const width = 320;

/** One run of an encoder: numbered pictures and a tone. */
export interface CodedRun {
  /** Media time at which it begins, seconds. */
  readonly startS: number;
  readonly seconds: number;
  /** Number of its first picture. */
  readonly firstFrame: number;
  /** As ffmpeg is told: `-bf 2`, `-profile:v baseline`. */
  readonly encoder?: readonly string[];
  /** Sound of it; left out: to its end. */
  readonly soundSeconds?: number;
}

// As in origin/transcoder/arguments.ts.
const mux = [
  ...['-map_metadata', '-1', '-avoid_negative_ts', 'disabled'],
  ...['-movflags', '+cmaf+empty_moov+frag_discont+frag_keyframe+default_base_moof+skip_trailer', '-f', 'mp4'],
];

const renditions = [
  { name: 'v180', kind: 'video', frameRate: codedRate, bitrate: 300_000, passthrough: false },
  { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
] as const;

/** A broadcast of real ffmpeg output, packaged and recorded as an origin does it; not ended yet. */
export async function makeCodedBroadcast(
  runs: readonly CodedRun[],
  anchorMs: number,
  options: Pick<LiveWindowOptions, 'dvrWindowS'> = {},
) {
  const live = createLiveWindow({ stores: true, ...options });
  for (const coded of runs) {
    const { video, audio } = await encode(coded);
    const run = live.packager.beginRun({ renditions, keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs });
    live.packager.openTrack(run, 'v180')?.data(video);
    live.packager.openTrack(run, 'a1')?.data(audio);
    live.packager.endRun();
  }
  return live;
}

async function encode({ startS, seconds, firstFrame, encoder = [], soundSeconds = seconds }: CodedRun) {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-coded-'));
  const [v, a] = [join(folder, 'v.mp4'), join(folder, 'a.mp4')];
  const shift = ['-output_ts_offset', String(10 + startS)];
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(codedRate), '-i', '-'];
  const tone = ['-f', 'lavfi', '-i', `sine=frequency=1000:sample_rate=48000:duration=${soundSeconds}`];
  const picture = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-crf',
    '30',
    '-sc_threshold',
    '0',
    '-bf',
    '0',
    ...encoder,
  ];
  const keys = ['-force_key_frames', 'expr:gte(t,n_forced*2)', '-video_track_timescale', '90000'];
  const outputs = [
    ...['-map', '0:v', ...picture, ...keys, '-frag_duration', '183333', ...shift, ...mux, v],
    ...['-map', '1:a', '-c:a', 'aac', '-frag_duration', '200000', ...shift, ...mux, a],
  ];
  try {
    const child = spawn(ffmpeg, ['-v', 'error', '-y', ...raw, ...tone, ...outputs], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const done = once(child, 'close');
    child.stdin.on('error', () => {});
    for (let i = 0; i < seconds * codedRate; i++) {
      const picture = drawCode({ frame: firstFrame + i, atMs: 0 }, width, height);
      if (!child.stdin.write(picture)) await once(child.stdin, 'drain');
    }
    child.stdin.end();
    const [code] = await done;
    if (code !== 0) throw new Error(`ffmpeg left with ${code}`);
    return { video: await readFile(v), audio: await readFile(a) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The numbers of a file's pictures in the order in which they are shown; decodes all of it and fails at any error. */
export async function framesOf(file: string): Promise<(number | null)[]> {
  return (await codesOf(file)).map((code) => code?.frame ?? null);
}

/** The codes of the pictures of a file or of the media playlist at a URL; decodes all of it and fails at any error. */
export async function codesOf(file: string): Promise<(PictureCode | null)[]> {
  const args = [
    '-v',
    'error',
    '-xerror',
    '-i',
    file,
    '-map',
    '0:v',
    '-vsync',
    'passthrough',
    '-enc_time_base',
    '1:90000',
  ];
  const out = ['-vf', 'scale=8:8:flags=area,format=gray', '-f', 'rawvideo', '-'];
  const options = { timeout: 120_000, encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout, stderr } = await run(ffmpeg, [...args, ...out], options);
  if (stderr.length > 0) throw new Error(stderr.toString());
  const pictures = Array.from({ length: stdout.length / 64 }, (_, i) => stdout.subarray(64 * i, 64 * (i + 1)));
  return pictures.map((brightness) => readCode(brightness));
}

/** What ffprobe says of a file, seconds; fails at any error. */
export async function probeFile(file: string) {
  const entries = 'format=duration:stream=codec_type,duration,start_time';
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'json', file];
  const { stdout, stderr } = await run(ffprobe, args, { timeout: 30_000 });
  if (stderr !== '') throw new Error(stderr);
  const read = JSON.parse(stdout) as {
    format: { duration: string };
    streams: { codec_type: string; duration: string; start_time: string }[];
  };
  const streams = read.streams.map((one) => ({
    kind: one.codec_type,
    startS: Number(one.start_time),
    durationS: Number(one.duration),
  }));
  return { durationS: Number(read.format.duration), streams };
}

/** The numbers from one to another, both included. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
