import { mediaOffsetS } from '#shared/model/timeline.ts';
import { deviceOptions, fraction, planOutputs, processOptions, type TranscodeArguments } from './arguments.ts';
import { videoEncoder } from './encoders.ts';
import { exactRate } from './frame-rate.ts';
import type { LadderPlan, RungPlan } from './ladder.ts';

/** A picture that stands in for a publisher, and since when. */
export interface SlateInput {
  /** Absolute path of a PNG or JPEG file. */
  readonly image: string;
  /** Where on the broadcast's timeline it begins, ms since the broadcast began. */
  readonly startMs: number;
  /** How much of it lies in the past and comes at once, ms; the rest comes in real time. */
  readonly burstMs: number;
  /** RFC 6381 strings of the renditions so far, by name: where x264 can, the slate keeps profile and level. */
  readonly codecs: ReadonlyMap<string, string>;
}

/** The ground that a picture of another shape lies on: that of the built-in picture. */
const slateGround = '0x14181f';

/**
 * The command line for a slate: every rung of a plan, all of them encoded, from one picture, and silence.
 * Throws FfmpegError `sink_not_loopback`, `encoder_unknown`.
 */
export function slateOutputs(
  plan: LadderPlan,
  slate: SlateInput,
  sinkUrl: (rendition: string) => string,
): TranscodeArguments {
  const sounds = [plan.audio, plan.opus].filter((audio) => audio !== null);
  const [rung] = plan.video;
  const rate = rung ? fraction(exactRate(rung.frameRate)) : '';
  const silence = sounds[0] && `anullsrc=r=${sounds[0].sampleRate}:cl=${sounds[0].channels === 1 ? 'mono' : 'stereo'}`;
  const sources = [
    ...(rung ? [{ options: pictureOptions(rate), source: slate.image }] : []),
    ...(silence ? [{ options: ['-f', 'lavfi'], source: silence }] : []),
  ];
  const common = [...deviceOptions(plan), ...processOptions, '-nostdin'];
  const inputs = sources.map(({ options, source }, i) => ({
    options: i === 0 ? [...common, ...options] : options,
    source,
  }));
  const soundInput = `${rung ? 1 : 0}:a:0`;
  const soundChains = sounds.map((audio) => {
    return `[${soundInput}]${realTime('a', Math.round((slate.burstMs * audio.sampleRate) / 1_000))}[${audio.name}]`;
  });
  const outputs = planOutputs(plan, sinkUrl, {
    offsetS: (mediaOffsetS * 1_000 + slate.startMs) / 1_000,
    sound: (rendition) => ({ map: `[${rendition}]`, filter: [] }),
  });
  const encoders = new Map(plan.video.map(({ name, encoder }) => [name, encoder]));
  const alike = (name: string) => (encoders.get(name) === 'libx264' ? sameProfile(slate.codecs.get(name) ?? '') : []);
  return {
    inputs,
    filter: [...pictureChains(plan.video, slate), ...soundChains].join(';'),
    outputs: outputs.map((one) => ({ ...one, options: [...alike(one.rendition), ...one.options] })),
  };
}

const profiles: Readonly<Record<string, string>> = { '42': 'baseline', '4d': 'main', '64': 'high' };

/** Profile and level of an `avc1.PPCCLL`, so that playlists which are out name the codec of what follows as well. */
function sameProfile(codec: string): readonly string[] {
  const [, profile = '', level = ''] = /^avc[13]\.(42|4d|64)[0-9a-f]{2}([0-9a-f]{2})$/i.exec(codec.toLowerCase()) ?? [];
  const name = profiles[profile];
  return name === undefined ? [] : ['-profile:v', name, '-level:v', String(Number.parseInt(level, 16) / 10)];
}

/** Options in front of a picture's file. `rate`: frames per second, a fraction. */
export function pictureOptions(rate: string): readonly string[] {
  // pattern_type none: a percent sign in a file's name is one
  return ['-protocol_whitelist', 'file', '-f', 'image2', '-pattern_type', 'none', '-framerate', rate];
}

/** The picture is read and scaled once, and then repeated. */
function pictureChains(rungs: readonly RungPlan[], { burstMs }: SlateInput): readonly string[] {
  if (rungs.length === 0) return [];
  const split = `[0:v:0]split=${rungs.length}${rungs.map(({ name }) => `[${name}-in]`).join('')}`;
  const chains = rungs.map(({ name, width, height, frameRate, encoder }) => {
    const size = `${width}:${height}`;
    const steps = [
      `scale=${size}:force_original_aspect_ratio=decrease`,
      ...['format=rgb24', `pad=${size}:-1:-1:color=${slateGround}`, 'setsar=1'],
      ...['scale=out_color_matrix=bt709:out_range=tv', 'format=yuv420p', 'loop=loop=-1:size=1'],
      realTime('', Math.round((burstMs * frameRate) / 1_000)),
      videoEncoder(encoder).format,
    ];
    return `[${name}-in]${steps.join(',')}[${name}]`;
  });
  return [split, ...chains];
}

/**
 * Lets the first `burst` frames (samples) pass at once and the others in real time, then counts them all. The time base
 * of both inputs is one frame (sample), so a time is a number.
 */
function realTime(prefix: '' | 'a', burst: number): string {
  return `${prefix}setpts=max(N-${burst}\\,0),${prefix}realtime,${prefix}setpts=N`;
}
