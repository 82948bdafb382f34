import { opusCodec, videoFamily } from '#shared/model/codec.ts';
import type { AudioRendition, Rendition, VideoRendition } from '#shared/model/rendition.ts';
import { ladderCost } from './cost.ts';
import { videoEncoder } from './encoders.ts';
import { exactRate, framesMs, framesPerPart, framesPerSegment } from './frame-rate.ts';
import type { AudioPlan, LadderPlan, LadderWish, RungPlan } from './ladder.ts';
import { bitrateAt, heightOf } from './rungs.ts';

/** What decides on the encoders of a slate. */
export type SlateWish = Pick<LadderWish, 'encoder' | 'extraRungs'>;

/**
 * A ladder that continues renditions without their source: what was passed through is encoded by libx264 at its size and
 * rate. A rendition is left out when no encoder of the wish makes its codec any more. Null when nothing is left.
 */
export function planSlate(renditions: readonly Rendition[], wish: SlateWish): LadderPlan | null {
  const video = renditions.flatMap((one) => (one.kind === 'video' ? (slateRung(one, wish) ?? []) : []));
  const sound = renditions.filter((one) => one.kind === 'audio').map(slateSound);
  const audio = sound.find((one) => one.encoder === 'aac') ?? null;
  const opus = sound.find((one) => one.encoder === 'libopus') ?? null;
  if (video.length === 0 && !audio) return null;
  const rate = exactRate(video[0]?.frameRate ?? 0);
  return {
    video,
    audio,
    opus,
    keyframes: Math.round(framesMs(framesPerSegment(rate), rate)),
    partTargetMs: Math.ceil(framesMs(framesPerPart(rate), rate) - 1e-6),
    deinterlaced: false,
    passthroughRefusal: null,
    cost: Math.round(ladderCost(video, null)),
  };
}

function slateRung(rendition: VideoRendition, wish: SlateWish): RungPlan | null {
  const encoder = encoderOf(rendition, wish);
  if (encoder === null) return null;
  const { name, frameRate, passthrough } = rendition;
  // A passed-through picture may have an odd side, which 4:2:0 has not.
  const [width, height] = [rendition.width & ~1, rendition.height & ~1];
  const usual = bitrateAt(heightOf({ width, height }), frameRate, 0);
  const bitrate = passthrough ? usual : rendition.bitrate;
  return { name, mode: 'encode', width, height, frameRate, bitrate, encoder };
}

function encoderOf({ codec, passthrough }: VideoRendition, { encoder, extraRungs }: SlateWish): string | null {
  if (passthrough) return 'libx264';
  const family = videoFamily(codec);
  if (family === 'h264') return encoder;
  return extraRungs.find((extra) => videoEncoder(extra.encoder).family === family)?.encoder ?? null;
}

function slateSound({ name, codec, channels, sampleRate, bitrate }: AudioRendition): AudioPlan {
  const encoder = codec === opusCodec ? 'libopus' : 'aac';
  return { name, mode: 'encode', channels, sampleRate, bitrate, encoder };
}
