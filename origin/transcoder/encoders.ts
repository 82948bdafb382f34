import { FfmpegError } from './error.ts';
import type { AudioPlan, RungPlan } from './ladder.ts';

// superfast: what a core encodes many times faster than real time. zerolatency: no frame waits in the encoder.
const x264Speed = ['-preset', 'superfast', '-tune', 'zerolatency', '-bf', '0', '-rc-lookahead', '0'];

/** Low-latency settings of a video encoder for a bitrate in bits per second. Throws FfmpegError `encoder_unknown`. */
export function videoEncoderOptions(encoder: RungPlan['encoder'], bitrate: number): readonly string[] {
  if (encoder !== 'libx264') {
    throw new FfmpegError('encoder_unknown', `There are no settings for the encoder "${encoder}". Use libx264.`);
  }
  const rate = String(bitrate);
  return ['-c:v', encoder, ...x264Speed, '-sc_threshold', '0', '-b:v', rate, '-maxrate', rate, '-bufsize', rate];
}

/** Settings of the audio encoder. */
export function audioEncoderOptions(audio: AudioPlan): readonly string[] {
  const { encoder, bitrate, sampleRate, channels } = audio;
  return ['-c:a', encoder, '-b:a', String(bitrate), '-ar', String(sampleRate), '-ac', String(channels)];
}
