import { FfmpegError } from './error.ts';
import { hardwareEncoders } from './hardware-encoders.ts';
import { softwareEncoders } from './software-encoders.ts';
import type { VideoEncoder } from './video-encoder.ts';

/** Every video encoder that there are settings for, by ffmpeg's name. */
export const videoEncoders = { ...softwareEncoders, ...hardwareEncoders } as const;

export type VideoEncoderName = keyof typeof videoEncoders;

/** How an encoder is used. Throws FfmpegError `encoder_unknown`. */
export function videoEncoder(name: string): VideoEncoder {
  if (Object.hasOwn(videoEncoders, name)) return videoEncoders[name as VideoEncoderName];
  const known = Object.keys(videoEncoders).join(', ');
  throw new FfmpegError('encoder_unknown', `There are no settings for the encoder "${name}". Use one of ${known}.`);
}

/** What an audio encoder is told. */
interface AudioSettings {
  readonly encoder: 'aac' | 'libopus';
  readonly bitrate: number;
  readonly sampleRate: number;
  readonly channels: number;
}

/** Settings of an audio encoder. */
export function audioEncoderOptions(audio: AudioSettings): readonly string[] {
  const { encoder, bitrate, sampleRate, channels } = audio;
  return ['-c:a', encoder, '-b:a', String(bitrate), '-ar', String(sampleRate), '-ac', String(channels)];
}
