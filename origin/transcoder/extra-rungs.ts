import { transcoderLimits } from '#shared/limits.ts';
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

/** Bits for about the same picture as x264 superfast makes; settings for real time save less than the codecs could. */
const bitrateShares: Readonly<Record<VideoFamily, number>> = { h264: 1, hevc: 0.7, vp9: 0.8, av1: 0.65 };

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
