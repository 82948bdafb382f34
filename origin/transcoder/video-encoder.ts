import type { VideoFamily } from '#shared/model/codec.ts';

/** Where keyframes are wanted. */
export interface KeyframeWish {
  /** Frames per second as a fraction: `30000/1001`. */
  readonly fps: string;
  /** Whole frames between keyframes; null: wherever ffmpeg asks for one (`-force_key_frames`). */
  readonly frames: number | null;
}

/** How one video encoder of ffmpeg is used. */
export interface VideoEncoder {
  readonly family: VideoFamily;
  /** CPU time against x264 superfast on the same pixels. */
  readonly cost: number;
  /** It makes a keyframe of exactly the frames that ffmpeg asks for, so it can follow a passed-through source. */
  readonly forcedKeyframes: boolean;
  /** Last filter before it. */
  readonly format: string;
  /** Options in front of the input: the device that it runs on. */
  readonly device: readonly string[];
  /** Settings for a bitrate in bits per second: no frame waits in the encoder where it can do without. */
  readonly settings: (bitrate: number) => readonly string[];
  /** Settings for the places of keyframes: none but those asked for. */
  readonly keyframes: (wish: KeyframeWish) => readonly string[];
}

/** Longer than any segment: the encoder adds no keyframe of its own. */
export const noOwnKeyframes: readonly string[] = ['-g', '9999'];

/** Constant bitrate with a buffer of one second. */
export function constantBitrate(bitrate: number): readonly string[] {
  return ['-b:v', String(bitrate), '-maxrate', String(bitrate), '-bufsize', String(bitrate)];
}
