import { packagerLimits } from '#shared/limits/packager.ts';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceAudio, SourceDescription, SourceVideo } from '#shared/model/source.ts';
import { budget, type CostedSource, ladderCost } from './cost.ts';
import { canFollowSource, type ExtraRungWish, extraBitrate, extraName, usableExtras } from './extra-rungs.ts';
import {
  decimalRate,
  encodedRate,
  exactRate,
  type FrameRate,
  framesMs,
  framesPerPart,
  framesPerSegment,
} from './frame-rate.ts';
import { overLimit, passthroughRefusal } from './passthrough.ts';
import { bitrateAt, heightOf, heightsBelow, sizeAt, spread, standardHeights } from './rungs.ts';

/** What the machine encodes, in pixels per second, and what of that running encoders take. */
export interface Capacity {
  readonly pixelsPerSecond: number;
  readonly inUse: number;
  /** Whether this ffmpeg reads HEVC, AV1, VP9 and Opus from an encoder (Enhanced RTMP); absent: it does. */
  readonly enhancedFlv?: boolean | undefined;
}

/** One video rendition to be produced. */
export interface RungPlan {
  /** `v720`: the short side, so a portrait 720x1280 is v720 too. In another codec than H.264: `v720-av1`. */
  readonly name: string;
  readonly mode: 'copy' | 'encode';
  readonly width: number;
  readonly height: number;
  /** Frames per second, three decimals: 29.97. */
  readonly frameRate: number;
  /** Bits per second. */
  readonly bitrate: number;
  readonly encoder: string;
}

/** An audio rendition to be produced. */
export interface AudioPlan {
  readonly name: string;
  readonly mode: 'encode';
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitrate: number;
  readonly encoder: 'aac' | 'libopus';
}

/** What one encoder process produces from one source. */
export interface LadderPlan {
  /** Tallest first; those in other codecs than H.264 come last. */
  readonly video: readonly RungPlan[];
  readonly audio: AudioPlan | null;
  /** The same sound for DASH, when it was wished. */
  readonly opus: AudioPlan | null;
  /** `source`: every source keyframe is a keyframe of every rung; number: ms between keyframes, whole frames. */
  readonly keyframes: 'source' | number;
  /** The source's fields are made into frames before it is encoded. */
  readonly deinterlaced: boolean;
  /** Longest part of a video rendition (of the audio one when there is no video), whole ms, rounded up. */
  readonly partTargetMs: number;
  /** Why the source is not passed through; null when it is, when nobody wished it, and without video. */
  readonly passthroughRefusal: FindingCode | null;
  /** What it takes of the machine, decoding included, in pixels per second as x264 encodes them. */
  readonly cost: number;
}

/** What the owner of the machine or of the channel wants. */
export interface LadderWish {
  readonly passthrough: boolean;
  /** Heights (short sides) of the encoded rungs; null: the standard ones. Heights above the source are ignored. */
  readonly heights: readonly number[] | null;
  readonly encodeRungsMax: number;
  /** Encoder of the ordinary encoded rungs, one for H.264. */
  readonly encoder: string;
  /** Rungs in other codecs, by importance: the last one goes first when the machine is too small for all. */
  readonly extraRungs: readonly ExtraRungWish[];
  /** Opus beside AAC. */
  readonly opus: boolean;
}

export const defaultLadderWish: LadderWish = Object.freeze({
  passthrough: true,
  heights: null,
  encodeRungsMax: transcoderLimits.encodeRungsDefault,
  encoder: 'libx264',
  extraRungs: [],
  opus: false,
});

/** Nothing can be produced from this source; `code` is the finding to show, the message holds the way out. */
export class LadderError extends Error {
  readonly code: FindingCode;
  constructor(code: FindingCode, message: string) {
    super(message);
    this.name = 'LadderError';
    this.code = code;
  }
}

/** The largest height of a rung that we would make of a source over our limits. */
const encodedHeightMax = standardHeights[0] ?? 2160;
/** The smallest even side; a picture whose size is not known has none. */
const sideMin = 2;
/** Tried in this order when the machine is too small for anything else. */
const lastResortHeights = [360, 240];
const aacFrameSamples = 1_024;
const audioSampleRate = 48_000;
/** What encoders send by Enhanced RTMP only. */
const enhancedCodecs: ReadonlySet<string> = new Set(['hevc', 'av1', 'vp9', 'opus']);

/**
 * Chooses renditions for a source on a machine. Throws LadderError when nothing can be produced.
 * A source that cannot be decoded is refused even when its audio could be heard: viewers expect its picture.
 */
export function planLadder(source: SourceDescription, capacity: Capacity, wish: LadderWish): LadderPlan {
  const isReadable = (codec: string) => capacity.enhancedFlv !== false || !enhancedCodecs.has(codec);
  const sound = planSound(source.audio && isReadable(source.audio.codec) ? source.audio : null, wish.opus);
  const { codec = 'h264' } = source.video ?? {};
  if (codec === 'unsupported' || !isReadable(codec)) {
    const why = codec === 'unsupported' ? '' : ' by the ffmpeg of this origin (from 6.1 on it is)';
    throw new LadderError(
      'video.codec_unsupported',
      `The video codec is not supported${why}. Set the encoder to H.264.`,
    );
  }
  if (source.video && heightOf(source.video) < sideMin) {
    throw new LadderError(
      'video.codec_unsupported',
      'The encoder does not say how large its picture is. Set it to H.264.',
    );
  }
  if (source.video) return planVideo(source.video, sound, capacity, wish);
  if (sound.audio) {
    const keyframes: number = packagerLimits.segmentTargetMs;
    const withoutPicture = { video: [], deinterlaced: false, passthroughRefusal: null, cost: 0 };
    return { ...withoutPicture, ...sound, keyframes, partTargetMs: audioPartTargetMs() };
  }
  throw source.audio
    ? new LadderError('audio.codec_unsupported', 'There is only audio, and its codec is not supported. Use AAC.')
    : new LadderError('video.none', 'The encoder sends neither video nor audio. Check its sources and outputs.');
}

type SoundPlan = Pick<LadderPlan, 'audio' | 'opus'>;

function planSound(audio: SourceAudio | null, withOpus: boolean): SoundPlan {
  if (!audio || audio.codec === 'unsupported') return { audio: null, opus: null };
  const channels = audio.channels === 1 ? 1 : 2;
  const shared = { mode: 'encode', channels, sampleRate: audioSampleRate } as const;
  const [aacBitrate, opusBitrate] = channels === 1 ? [96_000, 64_000] : [128_000, 96_000];
  const opus = { name: 'a1-opus', ...shared, bitrate: opusBitrate, encoder: 'libopus' } as const;
  return { audio: { name: 'a1', ...shared, bitrate: aacBitrate, encoder: 'aac' }, opus: withOpus ? opus : null };
}

/** Whole AAC frames that last a part, ms, rounded up. */
function audioPartTargetMs(): number {
  const rate: FrameRate = { num: audioSampleRate, den: aacFrameSamples };
  return Math.ceil(framesMs(framesPerPart(rate), rate));
}

/** As many of the extra rungs as neither lower the top of the ordinary ladder nor leave nothing below it. */
function planVideo(video: SourceVideo, sound: SoundPlan, capacity: Capacity, wish: LadderWish): LadderPlan {
  const ordinary = planRungs(video, sound, capacity, wish, []);
  const encodes = (plan: LadderPlan, extras: number) =>
    plan.video.slice(0, plan.video.length - extras).some((rung) => rung.mode === 'encode');
  const extras = usableExtras(video, encodedHeightMax, wish.extraRungs);
  for (let count = extras.length; count > 0; count--) {
    const plan = planRungs(video, sound, capacity, wish, extras.slice(0, count));
    const keepsTop = (plan.video[0]?.height ?? 0) >= (ordinary.video[0]?.height ?? 0);
    const keepsRung = encodes(plan, count) || !encodes(ordinary, 0);
    if (keepsTop && keepsRung && plan.cost <= budget(capacity)) return plan;
  }
  return ordinary;
}

function planRungs(
  video: SourceVideo,
  sound: SoundPlan,
  capacity: Capacity,
  wish: LadderWish,
  wished: readonly ExtraRungWish[],
): LadderPlan {
  // Keyframes are in the same places in all rungs: an encoder that only counts frames keeps the source's own out.
  const passthrough = wish.passthrough && canFollowSource(wished);
  const refusal = passthrough ? passthroughRefusal(video) : null;
  const copies = passthrough && refusal === null;
  const rate = copies ? exactRate(video.frameRate) : encodedRate(video);
  const partMs = Math.ceil(framesMs(framesPerPart(rate), rate) - 1e-6);
  const others = wished.length + (sound.audio ? 1 : 0) + (sound.opus ? 1 : 0);
  const rungsMax = transcoderLimits.renditionsMax - others - (copies ? 1 : 0);
  const extras = wished.map((extra) => extraRung(video, rate, extra));
  const scene: Scene = {
    video,
    rate,
    encoder: wish.encoder,
    count: Math.min(rungsMax, Math.max(copies ? 0 : 1, Math.floor(wish.encodeRungsMax))),
    affordable: (rungs) => ladderCost([...rungs, ...extras], costed(video)) <= budget(capacity),
  };
  const rungs = [...(copies ? withPassthrough(scene, wish) : allEncoded(scene, wish)), ...extras];
  return {
    video: rungs,
    ...sound,
    keyframes: copies ? 'source' : Math.round(framesMs(framesPerSegment(rate), rate)),
    deinterlaced: video.interlaced === true,
    // The timestamps of a passed-through source are whole ms, so its parts last up to one more.
    partTargetMs: copies ? partMs + 1 : partMs,
    passthroughRefusal: refusal,
    cost: Math.round(ladderCost(rungs, costed(video))),
  };
}

interface Scene {
  readonly video: SourceVideo;
  readonly rate: FrameRate;
  readonly encoder: string;
  /** Encoded rungs at most. */
  readonly count: number;
  readonly affordable: (rungs: readonly RungPlan[]) => boolean;
}

/** The source itself, and below it the widest ladder that the machine affords, down to one low rung or none. */
function withPassthrough(scene: Scene, wish: LadderWish): readonly RungPlan[] {
  const { video, rate } = scene;
  const own = heightOf(video);
  const top: RungPlan = {
    name: `v${own}`,
    mode: 'copy',
    width: video.width,
    height: video.height,
    frameRate: decimalRate(rate),
    bitrate: Math.round(video.bitrate),
    encoder: 'copy',
  };
  const heights = heightsBelow(own, wish.heights);
  for (let count = Math.min(scene.count, heights.length); count > 0; count--) {
    const rungs = spread(heights, count, own).map((one) => encodedRung(scene, one));
    if (scene.affordable(rungs)) return [top, ...rungs];
  }
  const small = lastResortHeights.filter((one) => one < own).map((one) => encodedRung(scene, one));
  const last = scene.count > 0 ? small.find((rung) => scene.affordable([rung])) : undefined;
  return last ? [top, last] : [top];
}

/** The widest affordable ladder; its top gets lower before it is left alone, and one low rung is made in any case. */
function allEncoded(scene: Scene, wish: LadderWish): readonly RungPlan[] {
  const own = heightOf(scene.video);
  const ownRung = overLimit(scene.video) ? Math.min(own, encodedHeightMax) : own;
  const below = heightsBelow(ownRung, wish.heights);
  const takesOwn = wish.heights === null || wish.heights.includes(own) || below.length === 0;
  const heights = takesOwn ? [ownRung, ...below] : below;
  for (let first = 0; first < heights.length; first++) {
    const top = heights[first] ?? ownRung;
    const rest = heights.slice(first + 1);
    const moreMax = Math.min(scene.count - 1, rest.length);
    for (let more = moreMax; more >= Math.min(1, moreMax); more--) {
      const rungs = [top, ...spread(rest, more, top)].map((one) => encodedRung(scene, one));
      if (scene.affordable(rungs)) return rungs;
    }
  }
  const small = lastResortHeights.map((one) => encodedRung(scene, Math.min(one, own)));
  const last = small.find((rung) => scene.affordable([rung])) ?? small.at(-1);
  return last ? [last] : [];
}

function encodedRung(scene: Scene, rungHeight: number): RungPlan {
  const size = sizeAt(scene.video, rungHeight);
  const frameRate = decimalRate(scene.rate);
  return {
    name: `v${heightOf(size)}`,
    mode: 'encode',
    width: size.width,
    height: size.height,
    frameRate,
    bitrate: bitrateAt(rungHeight, frameRate, scene.video.bitrate),
    encoder: scene.encoder,
  };
}

function extraRung(video: SourceVideo, rate: FrameRate, extra: ExtraRungWish): RungPlan {
  const frameRate = decimalRate(rate);
  const bitrate = extraBitrate(extra.encoder, bitrateAt(extra.height, frameRate, video.bitrate));
  const { encoder } = extra;
  return { name: extraName(video, extra), mode: 'encode', ...sizeAt(video, extra.height), frameRate, bitrate, encoder };
}

function costed(video: SourceVideo): CostedSource {
  return { width: video.width, height: video.height, frameRate: decimalRate(exactRate(video.frameRate)) };
}
