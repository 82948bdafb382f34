import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { VideoFamily } from '#shared/model/codec.ts';
import type { SourceVideo } from '#shared/model/source.ts';
import { videoEncoder } from './encoders.ts';
import { heightOf, sizeAt } from './rungs.ts';

/** A rung in another codec beside the ordinary ladder. */
export interface ExtraRungWish {
  /** ffmpeg's name: `libsvtav1`. */
  readonly encoder: string;
  /** Short side, pixels. */
  readonly height: number;
}

/**
 * Bits of a rung against an H.264 one of its size. In real time the encoders save less than the codecs could: on a noisy
 * 720p zoom (ffmpeg 5.1, SSIM in dB) x264 superfast has 13.8 at 2.5 Mb/s, SVT-AV1 13.4 at 0.65 of that; x265 ultrafast
 * has 12.7 and VP9 13.1 at the same bits, 12.2 at 0.7 and 12.6 at 0.8 of them.
 */
const bitrateShares: Readonly<Record<VideoFamily, number>> = { h264: 1, hevc: 0.9, vp9: 0.9, av1: 0.7 };

/** The wished rungs that a source has the pixels for, each once, in the order of the wish. */
export function usableExtras(
  video: SourceVideo,
  heightMax: number,
  wished: readonly ExtraRungWish[],
): readonly ExtraRungWish[] {
  const top = Math.min(heightOf(video), heightMax);
  const names = new Set<string>();
  const usable = wished.filter((extra) => {
    const name = extraName(video, extra);
    if (extra.height > top || names.has(name)) return false;
    names.add(name);
    return true;
  });
  return usable.slice(0, transcoderLimits.extraRungsMax);
}

/** `v720-av1`: the short side and the family. */
export function extraName(video: SourceVideo, { encoder, height }: ExtraRungWish): string {
  return `v${heightOf(sizeAt(video, height))}-${videoEncoder(encoder).family}`;
}

/** Bits per second of an extra rung where an H.264 one has `bitrate`. */
export function extraBitrate(encoder: string, bitrate: number): number {
  return Math.round((bitrate * bitrateShares[videoEncoder(encoder).family]) / 1_000) * 1_000;
}

/** Whether all can have their keyframes where a passed-through source has its own. */
export function canFollowSource(extras: readonly ExtraRungWish[]): boolean {
  return extras.every((extra) => videoEncoder(extra.encoder).forcedKeyframes);
}
