import { videoEncoder } from './encoders.ts';
import { FfmpegError } from './error.ts';
import { askFfmpeg } from './program.ts';

const picture = 'testsrc2=size=640x360:rate=30';
const bitrate = 700_000;
const frames = '10';

/**
 * Encodes a few pictures as a rung would be: what ffmpeg lists may still have no device or driver here.
 * Throws FfmpegError `encoder_unusable`, `encoder_unknown`, `ffmpeg_missing`.
 */
export async function tryEncoder(ffmpegPath: string, name: string): Promise<void> {
  const { device, format, settings, keyframes } = videoEncoder(name);
  const options = [...settings(bitrate), ...keyframes({ fps: '30', frames: 60 })];
  const question = [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error', ...device, '-f', 'lavfi', '-i', picture],
    ...['-frames:v', frames, '-vf', format, '-c:v', name, ...options, '-f', 'null', '-'],
  ];
  try {
    await askFfmpeg(ffmpegPath, question);
  } catch (cause) {
    if (!(cause instanceof FfmpegError) || cause.code !== 'ffmpeg_failed') throw cause;
    const message = `The encoder ${name} cannot be used on this machine (${reasonOf(cause)}). Check its device and driver, or take it out of "ladder" in the origin's configuration.`;
    throw new FfmpegError('encoder_unusable', message, { cause });
  }
}

/** What ffmpeg complained about first; what follows is the complaint of those who depend on it. */
function reasonOf({ cause }: FfmpegError): string {
  const [, first] = cause instanceof Error ? cause.message.split('\n') : [];
  return first?.trim().replace(/^\[\S+ @ \S+\] /, '') || 'it does not answer';
}
