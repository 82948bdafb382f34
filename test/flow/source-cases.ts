import type { Finding, FindingCode } from '#shared/model/finding.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { amf0 } from '../support/amf0-writer.ts';
import { merge, skewed, splice, track, without } from '../support/flv-surgery.ts';
import type { PagePlayer } from '../support/players-page.ts';
import type { SourceTags } from './source-tags.ts';

/** What an encoder does, and what has to come of it. */
export interface SourceCase {
  /** Options with which ffmpeg publishes it, or tags of ffmpeg's that are sent as they are. */
  readonly push: readonly string[] | ((tags: SourceTags) => readonly FlvTag[]);
  readonly player: PagePlayer;
  /** Every finding about the source, and how bad it is. */
  readonly found: Partial<Record<FindingCode, Finding['severity']>>;
  /**
   * What ends the findings: the source `itself`, before it is played on; `calm`, a minute without another such moment;
   * the `next` publisher, who sends the same without the fault and is passed through; or a minute of his.
   */
  readonly clearedBy?: 'itself' | 'calm' | 'next' | 'calm next';
  /** What the origin tells the encoder when it does not take the source. */
  readonly refusal?: RegExp;
  /** Name and mode of the pictures of each encoder run; none where nobody gets to see it. */
  readonly runs?: readonly (readonly string[])[];
  /** Pictures as manifests have them, at last. */
  readonly pictures?: readonly string[];
  /** Channels of the sound. */
  readonly channels?: 1 | 2 | null;
}

interface Wish {
  readonly size: string;
  readonly rate: string;
  /** Options of the encoder, after the usual ones; null: no picture. */
  readonly video: readonly string[] | null;
  /** Which pictures are sent. */
  readonly pictures: string;
  readonly sampleRate: number;
  /** 0: no sound. */
  readonly channels: number;
}

const usual: Wish = {
  ...{ size: '192x108', rate: '30', video: [], pictures: 'null' },
  ...{ sampleRate: 48_000, channels: 2 },
};

/** ffmpeg options of a source in real time that differs from a fit one in this. */
function source(wish: Partial<Wish> = {}): readonly string[] {
  const { size, rate, video, pictures, sampleRate, channels } = { ...usual, ...wish };
  const picture = ['-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate},${pictures}`];
  const tone = ['-re', '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${sampleRate}`];
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '200k', '-g', '30', '-sc_threshold', '0'];
  return [
    ...(video ? picture : []),
    ...(channels > 0 ? tone : []),
    ...(video ? [...x264, '-pix_fmt', 'yuv420p', '-fps_mode', 'vfr', ...video] : []),
    ...(channels > 0 ? ['-c:a', 'aac', '-b:a', '64k', '-ac', String(channels)] : []),
    ...['-max_interleave_delta', '1000'],
  ];
}

/** The source that the `next` publisher sends. */
export const fitSource = source();

/** When tags begin to differ, ms: the ladder is chosen then, and players play. */
const changeMs = 6_000;
const backMs = 10_000;
/** When it is over: there has been time to look at it. */
const endMs = 15_000;
const passthrough = ['v108:copy', 'v64:encode'];
const encoded = ['v108:encode', 'v64:encode'];
const sizes = ['192x108', '114x64'];
const pictures30 = sizes.map((size) => `${size}@30.000`);
const pictures25 = sizes.map((size) => `${size}@25.000`);

/** As encoders say it first: of these pictures nothing else tells how large they are. */
const hevcSize: FlvTag = {
  ...{ type: 'script', timestampMs: 0, arrivalMs: 0 },
  body: amf0('@setDataFrame', 'onMetaData', { width: 192, height: 108 }),
};
const withHevc: SourceCase['push'] = ({ usual, hevc }) => merge([hevcSize], hevc, track(usual, 'audio'));

/** Those whose findings take a minute to go come first: it passes while the others are played. */
export const sourceCases: Readonly<Record<string, SourceCase>> = {
  'a clock that jumps an hour ahead': {
    push: ({ usual }) => skewed(usual, changeMs, 3_600_000),
    player: 'hls',
    ...{ found: { 'ts.jump': 'warning' }, clearedBy: 'calm' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'a clock that steps three seconds back': {
    push: ({ usual }) => skewed(usual, changeMs, -3_000),
    player: 'dash',
    ...{ found: { 'ts.backwards': 'warning' }, clearedBy: 'calm' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'a clock of 32 bits that begins again': {
    push: ({ usual }) => skewed(usual, 0, 2 ** 32 - changeMs),
    player: 'shaka',
    ...{ found: { 'ts.wrap_handled': 'info' }, clearedBy: 'calm' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'a clock of 31 bits that begins again': {
    push: [...source(), '-output_ts_offset', String((2 ** 31 - changeMs) / 1_000)],
    player: 'shaka-dash',
    ...{ found: { 'ts.backwards': 'warning' }, clearedBy: 'calm' },
    ...{ runs: [passthrough], pictures: pictures30, channels: 2 },
  },
  'a picture that becomes smaller': {
    push: ({ usual, small }) => splice({ tags: usual, untilMs: changeMs }, { tags: small }),
    player: 'hls',
    ...{ found: { 'video.changed_midstream': 'warning' }, clearedBy: 'calm' },
    ...{ runs: [passthrough, passthrough], pictures: ['160x90@25.000', '114x64@25.000'], channels: 2 },
  },
  'another profile of the codec': {
    push: ({ usual, main }) => splice({ tags: usual, untilMs: changeMs }, { tags: main }),
    player: 'dash',
    ...{ found: { 'video.changed_midstream': 'warning' }, clearedBy: 'calm' },
    ...{ runs: [passthrough, passthrough], pictures: pictures25, channels: 2 },
  },
  'keyframes at irregular intervals': {
    push: source({
      video: ['-g', '250', '-force_key_frames', 'expr:if(n_forced,gte(t,prev_forced_t+1+0.5*mod(n_forced,3)),1)'],
    }),
    player: 'shaka',
    ...{ found: { 'video.gop_irregular': 'warning' }, clearedBy: 'calm next' },
    ...{ runs: [passthrough], pictures: pictures30, channels: 2 },
  },
  'sound in another codec': {
    push: ({ usual, mp3 }) =>
      merge(track(usual, 'video'), splice({ tags: track(usual, 'audio'), untilMs: changeMs }, { tags: mp3 })),
    player: 'shaka',
    // Its tags do not tell its rate.
    ...{ found: {}, runs: [passthrough, passthrough], pictures: pictures25, channels: 2 },
  },
  'sound at another rate': {
    push: ({ usual, low }) =>
      merge(track(usual, 'video'), splice({ tags: track(usual, 'audio'), untilMs: changeMs }, { tags: low })),
    player: 'hls',
    ...{ found: { 'audio.sample_rate': 'info' }, clearedBy: 'next' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'sound that cannot be decoded for a while': {
    push: ({ usual, speex }) =>
      merge(
        without(usual, 'audio', changeMs, backMs),
        speex.filter(({ timestampMs }) => timestampMs >= changeMs && timestampMs < backMs),
      ),
    player: 'dash',
    ...{ found: { 'audio.codec_unsupported': 'error', 'audio.none': 'info' }, clearedBy: 'itself' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'a codec that cannot be decoded, while live': {
    push: ({ usual, sorenson }) => splice({ tags: usual, untilMs: endMs }, { tags: sorenson }),
    player: 'shaka-dash',
    ...{ found: { 'video.changed_midstream': 'warning', 'video.codec_unsupported': 'error' } },
    ...{ refusal: /video codec is not supported.*H\.264/, runs: [passthrough] },
  },
  'HEVC by Enhanced RTMP': {
    push: withHevc,
    player: 'dash',
    found: { 'video.codec_unsupported': 'error' },
    refusal: /video codec is not supported by the ffmpeg of this origin.*H\.264/,
  },
  'a codec that cannot be decoded': {
    push: source({ video: ['-c:v', 'flv'] }),
    player: 'hls',
    found: { 'video.codec_unsupported': 'error' },
    refusal: /video codec is not supported.*H\.264/,
  },
  'B-frames': {
    push: source({ video: ['-bf', '3'] }),
    player: 'hls',
    ...{ found: {}, runs: [passthrough], pictures: pictures30, channels: 2 },
  },
  'sixty frames a second, mono at 48 kHz': {
    push: source({ rate: '60', video: ['-g', '60'], channels: 1 }),
    player: 'dash',
    ...{ found: {}, runs: [passthrough], pictures: sizes.map((size) => `${size}@60.000`), channels: 1 },
  },
  'portrait, 29.97 frames, mono at 44.1 kHz': {
    push: source({ size: '108x192', rate: '30000/1001', sampleRate: 44_100, channels: 1 }),
    player: 'shaka',
    ...{ found: { 'audio.sample_rate': 'info' }, clearedBy: 'next' },
    ...{ runs: [passthrough], pictures: ['108x192@29.970', '64x114@29.970'], channels: 1 },
  },
  'odd sides, stereo at 44.1 kHz': {
    push: source({ size: '193x109', video: ['-pix_fmt', 'yuv444p'], sampleRate: 44_100 }),
    player: 'shaka-dash',
    ...{ found: { 'video.codec_unsupported': 'warning', 'audio.sample_rate': 'info' }, clearedBy: 'next' },
    ...{ runs: [encoded], pictures: pictures30, channels: 2 },
  },
  'pictures at no steady rate': {
    push: source({ pictures: 'select=not(between(mod(n\\,10)\\,3\\,5))' }),
    player: 'hls',
    ...{ found: { 'video.fps_mismatch': 'warning' }, clearedBy: 'next' },
    ...{ runs: [encoded], pictures: sizes.map((size) => `${size}@23.976`), channels: 2 },
  },
  'a keyframe every ten seconds': {
    push: source({ video: ['-g', '300'] }),
    player: 'dash',
    ...{ found: { 'video.gop_long': 'warning' }, clearedBy: 'next' },
    ...{ runs: [encoded], pictures: pictures30, channels: 2 },
  },
  'open groups of pictures': {
    push: source({ video: ['-bf', '3', '-x264-params', 'open-gop=1'] }),
    player: 'shaka-dash',
    ...{ found: { 'video.open_gop': 'warning' }, clearedBy: 'next' },
    ...{ runs: [encoded], pictures: pictures30, channels: 2 },
  },
  'no sound': {
    push: source({ channels: 0 }),
    player: 'hls',
    ...{ found: { 'audio.none': 'info' }, clearedBy: 'next' },
    ...{ runs: [passthrough], pictures: pictures30, channels: null },
  },
  'no picture': {
    push: source({ video: null }),
    player: 'dash',
    ...{ found: { 'video.none': 'warning' }, clearedBy: 'next' },
    ...{ runs: [[]], pictures: [], channels: 2 },
  },
  'sound that begins after five seconds': {
    push: ({ usual }) => without(usual, 'audio', 0, 5_000),
    player: 'shaka',
    ...{ found: { 'audio.none': 'info' }, clearedBy: 'itself' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'sound that is missing for four seconds': {
    push: ({ usual }) => without(usual, 'audio', changeMs, backMs),
    player: 'shaka-dash',
    ...{ found: { 'audio.none': 'info' }, clearedBy: 'itself' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
  'a picture that is missing for four seconds': {
    push: ({ usual }) => without(usual, 'video', changeMs, backMs),
    player: 'hls',
    ...{ found: { 'video.none': 'warning' }, clearedBy: 'itself' },
    ...{ runs: [passthrough], pictures: pictures25, channels: 2 },
  },
};

/** What comes of it where ffmpeg reads Enhanced RTMP, from 6.1 on. */
export const enhancedCases: typeof sourceCases = {
  'HEVC by Enhanced RTMP': {
    push: withHevc,
    player: 'dash',
    ...{ found: { 'video.codec_unsupported': 'warning' }, clearedBy: 'next' },
    ...{ runs: [encoded], pictures: pictures25, channels: 2 },
  },
};
