import { packagerLimits } from '#shared/limits/packager.ts';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { mediaOffsetS } from '#shared/model/timeline.ts';
import { audioEncoderOptions, videoEncoder } from './encoders.ts';
import { FfmpegError } from './error.ts';
import { exactRate, type FrameRate } from './frame-rate.ts';
import type { AudioPlan, LadderPlan, RungPlan } from './ladder.ts';
import { silenceFilter } from './silence-lines.ts';

/** One track that ffmpeg pushes. */
export interface TranscodeOutput {
  readonly rendition: string;
  readonly url: string;
  readonly options: readonly string[];
}

/** Something that ffmpeg reads, and the options in front of it. */
interface TranscodeInput {
  readonly options: readonly string[];
  readonly source: string;
}

/** Everything that makes the command line of one encoder process. */
export interface TranscodeArguments {
  readonly inputs: readonly TranscodeInput[];
  readonly filter: string | null;
  readonly outputs: readonly TranscodeOutput[];
}

/** Options of the whole process, in front of its first input. */
export const processOptions: readonly string[] = [
  ...['-hide_banner', '-loglevel', 'level+warning', '-nostats'],
  ...['-stats_period', String(transcoderLimits.reportMs / 1_000), '-progress', 'pipe:2'],
];

// Each of these cost a failure when it was missing:
// -copyts           the FLV timestamps are the broadcast's timeline; a restarted encoder must not begin at 0 again
// low_delay         keeps the decoder from threading by frames, which holds back one frame per core
// pipe only         an FLV stream cannot make ffmpeg open anything else
// (never -fflags nobuffer: it throws away what was read while probing, the first pictures of a copied rung)
const inputOptions = [
  ...processOptions,
  ...['-copyts', '-protocol_whitelist', 'pipe', '-flags', 'low_delay'],
  ...['-probesize', '65536', '-analyzeduration', '500000', '-f', 'flv'],
];

/** Where the tracks of a plan get their media from, and where on the broadcast's timeline it lies. */
export interface TrackSource {
  /** Added to every timestamp, seconds. */
  readonly offsetS: number;
  /** The sound for a rendition: what to map, and how its samples become an unbroken run. */
  readonly sound: (rendition: string) => { readonly map: string; readonly filter: readonly string[] };
}

// aresample turns millisecond timestamps into an unbroken run of samples, fills holes and follows a drifting clock by at
// most 1000 samples per second. Steps are bounded by the sanitiser before ffmpeg, so it never fills for long.
function publisher(plan: LadderPlan, baseMs: number): TrackSource {
  const unbroken = 'aresample=async=1000:min_comp=0.02';
  // One rendition is enough to hear whether there is something to hear.
  const sound = (rendition: string) => (rendition === plan.audio?.name ? `${silenceFilter},${unbroken}` : unbroken);
  const offsetS = (mediaOffsetS * 1_000 + baseMs) / 1_000;
  return { offsetS, sound: (rendition) => ({ map: '0:a:0', filter: ['-af', sound(rendition)] }) };
}

// frag_discont and avoid_negative_ts: one timeline for all tracks, where plain empty_moov begins each track at 0
function muxOptions({ offsetS }: TrackSource): readonly string[] {
  return [
    ...['-map_metadata', '-1', '-output_ts_offset', String(offsetS), '-avoid_negative_ts', 'disabled'],
    ...['-movflags', '+cmaf+empty_moov+frag_discont+frag_keyframe+default_base_moof+skip_trailer'],
    ...['-flush_packets', '1', '-method', 'PUT', '-protocol_whitelist', 'http,tcp', '-f', 'mp4'],
  ];
}

/**
 * The command line for a plan: FLV on stdin, one CMAF track per rendition by HTTP PUT to `sinkUrl(name)` on loopback.
 * A track's tfdt is the FLV presentation time plus 10 s (audio: minus its priming samples, 1,024 of AAC, 312 of Opus).
 * Throws FfmpegError `sink_not_loopback`, `encoder_unknown`.
 * @param baseMs what the FLV times count from, ms since the broadcast began
 */
export function transcodeOutputs(
  plan: LadderPlan,
  sinkUrl: (rendition: string) => string,
  baseMs = 0,
): TranscodeArguments {
  const inputs = [{ options: [...deviceOptions(plan), ...inputOptions], source: 'pipe:0' }];
  return { inputs, filter: videoFilter(plan), outputs: planOutputs(plan, sinkUrl, publisher(plan, baseMs)) };
}

/** One output per rendition of a plan. Throws FfmpegError `sink_not_loopback`, `encoder_unknown`. */
export function planOutputs(
  plan: LadderPlan,
  sinkUrl: (rendition: string) => string,
  from: TrackSource,
): readonly TranscodeOutput[] {
  const video = plan.video.map((rung) => ({
    rendition: rung.name,
    url: loopback(sinkUrl(rung.name)),
    options: rung.mode === 'copy' ? copyOptions(rung, plan, from) : encodeOptions(rung, plan, from),
  }));
  const sound = [plan.audio, plan.opus].flatMap((audio) => {
    if (!audio) return [];
    return [{ rendition: audio.name, url: loopback(sinkUrl(audio.name)), options: audioOptions(audio, from) }];
  });
  return [...video, ...sound];
}

/** The devices of hardware encoders, each once. */
export function deviceOptions(plan: LadderPlan): readonly string[] {
  const encoded = plan.video.filter((rung) => rung.mode === 'encode');
  const devices = new Map(encoded.map(({ encoder }) => [videoEncoder(encoder).device.join(' '), encoder]));
  return [...devices.values()].flatMap((encoder) => videoEncoder(encoder).device);
}

function copyOptions(rung: RungPlan, plan: LadderPlan, from: TrackSource): readonly string[] {
  return ['-map', '0:v:0', '-c:v', 'copy', ...videoMux(rung, plan, from)];
}

function encodeOptions(rung: RungPlan, plan: LadderPlan, from: TrackSource): readonly string[] {
  const timing = plan.keyframes === 'source' ? sourceTiming(rung) : fixedTiming(rung, plan.keyframes);
  const settings = videoEncoder(rung.encoder).settings(rung.bitrate);
  return ['-map', `[${rung.name}]`, '-c:v', rung.encoder, ...settings, ...timing, ...videoMux(rung, plan, from)];
}

/** The same frames, times and keyframes as the passed-through rung: without these three ffmpeg moves frames to a grid. */
function sourceTiming(rung: RungPlan): readonly string[] {
  const wish = { fps: fraction(exactRate(rung.frameRate)), frames: null };
  const asSource = ['-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-force_key_frames', 'source'];
  return [...asSource, ...videoEncoder(rung.encoder).keyframes(wish)];
}

/**
 * Keyframes a whole number of frames apart. The form with prev_forced_t survives a jump in time, after which the usual
 * gte(t,n_forced*2) makes every frame a keyframe; half a frame less than the interval absorbs rounding. On the constant
 * frame rate that goes before it, an encoder that counts frames instead comes to the same ones.
 */
function fixedTiming(rung: RungPlan, keyframesMs: number): readonly string[] {
  const rate = exactRate(rung.frameRate);
  const frames = Math.round((keyframesMs * rung.frameRate) / 1_000);
  const { forcedKeyframes, keyframes } = videoEncoder(rung.encoder);
  const after = `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${halfFrameLess(frames, rate).toFixed(4)}))`;
  const forced = forcedKeyframes ? ['-force_key_frames', after] : [];
  return ['-fps_mode', 'vfr', ...forced, ...keyframes({ fps: fraction(rate), frames })];
}

/** Parts end after whole frames: the limit is half a frame less, so that milliseconds in the source do not matter. */
function videoMux(rung: RungPlan, plan: LadderPlan, from: TrackSource): readonly string[] {
  const frames = Math.max(1, Math.floor((plan.partTargetMs * rung.frameRate) / 1_000 + 1e-6));
  const partUs = Math.round(halfFrameLess(frames, exactRate(rung.frameRate)) * 1e6);
  return ['-video_track_timescale', '90000', '-frag_duration', String(partUs), ...muxOptions(from)];
}

function audioOptions(audio: AudioPlan, from: TrackSource): readonly string[] {
  const { map, filter } = from.sound(audio.name);
  const parts = ['-frag_duration', String(packagerLimits.partTargetMs * 1_000)];
  return ['-map', map, ...audioEncoderOptions(audio), ...filter, ...parts, ...muxOptions(from)];
}

/** The filter graph that makes the encoded rungs of a plan; null when there are none. */
export function videoFilter(plan: LadderPlan): string | null {
  const encoded = plan.video.filter((rung) => rung.mode === 'encode');
  const [first] = encoded;
  if (!first) return null;
  const whole = plan.deinterlaced ? ['bwdif=mode=send_frame:deint=interlaced'] : [];
  const steady = [...whole, ...(plan.keyframes === 'source' ? [] : constantRate(exactRate(first.frameRate)))];
  const scaled = ({ width, height, encoder, name }: RungPlan) => {
    return `scale=${width}:${height},${videoEncoder(encoder).format}[${name}]`;
  };
  if (encoded.length === 1) return `[0:v:0]${[...steady, scaled(first)].join(',')}`;
  const copies = encoded.map((rung) => `[${rung.name}-in]`);
  const split = `[0:v:0]${[...steady, `split=${encoded.length}`].join(',')}${copies.join('')}`;
  return [split, ...encoded.map((rung, i) => `${copies[i]}${scaled(rung)}`)].join(';');
}

/**
 * Moves the first frame to the nearest point of the frame grid and the rest with it, then enforces the rate. Without
 * the move, a source that lies halfway between points loses and doubles frames all the time, as its ms are rounded.
 */
function constantRate(rate: FrameRate): readonly string[] {
  const grid = `round(STARTPTS*TB*${rate.num}/${rate.den})*${rate.den}/${rate.num}/TB`;
  return [`setpts=PTS-STARTPTS+${grid}`, `fps=${fraction(rate)}`];
}

function halfFrameLess(frames: number, rate: FrameRate): number {
  return ((frames - 0.5) * rate.den) / rate.num;
}

/** `30`, `30000/1001`. */
export function fraction(rate: FrameRate): string {
  return rate.den === 1 ? String(rate.num) : `${rate.num}/${rate.den}`;
}

function loopback(url: string): string {
  const { protocol, hostname, username, password } = new URL(url);
  const local = hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol === 'http:' && local && username === '' && password === '' && !/\s/.test(url)) return url;
  throw new FfmpegError('sink_not_loopback', 'Media may only be pushed to a plain http URL on a loopback address.');
}
