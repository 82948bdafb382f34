import type { FlvTag } from '../../origin/ingest/flv.ts';
import { makeHevcTags } from '../support/enhanced-flv.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';
import { repeated } from '../support/flv-surgery.ts';

/** What cases cut their sources out of: tags as ffmpeg made them, from 0 on, keyframes at full seconds. */
export interface SourceTags {
  /** H.264 High and AAC, stereo at 48 kHz. */
  readonly usual: readonly FlvTag[];
  readonly small: readonly FlvTag[];
  /** H.264 Main. */
  readonly main: readonly FlvTag[];
  /** Without sound. */
  readonly hevc: readonly FlvTag[];
  readonly sorenson: readonly FlvTag[];
  /** Without a picture: mono at 44.1 kHz, and other codecs. */
  readonly low: readonly FlvTag[];
  readonly mp3: readonly FlvTag[];
  readonly speex: readonly FlvTag[];
}

/** Longer than any case takes. */
const lengthMs = 600_000;
/** Whole frames of a picture at 25 frames a second and of AAC at 48 kHz; of AAC and of MP3 at 44.1 kHz. */
const [loopS, lowLoopS, mp3LoopS] = [16, 10.24, 11.52];
const shortS = 20;
const aac = ['-c:a', 'aac', '-b:a', '64k'];
const stereo = [...aac, '-ac', '2'];
const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '200k', '-g', '25', '-sc_threshold', '0'];
const h264 = [...x264, '-bf', '0', '-pix_fmt', 'yuv420p'];
const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

/** Encodes them all, faster than real time. */
export async function makeSourceTags(): Promise<SourceTags> {
  const make = async (...options: readonly string[]) => readFlvFile(await makeFlvFile(...options), 0);
  const endless = async (periodS: number, ...options: readonly string[]) =>
    repeated(await make(...options), periodS * 1_000, lengthMs);
  const hevcTags = async (...options: readonly string[]) =>
    repeated(await makeHevcTags(...options), loopS * 1_000, lengthMs);
  const long = picture('192x108', '25', loopS);
  const short = picture('192x108', '25', shortS);
  // A little longer than it is repeated, so that the last frame is whole.
  const sound = (seconds: number) => tone(Math.ceil(seconds) + 1);
  const [usual, small, main, hevc, sorenson, low, mp3, speex] = await Promise.all([
    endless(loopS, ...long, ...sound(loopS), ...h264, ...stereo),
    endless(loopS, ...picture('160x90', '25', loopS), ...sound(loopS), ...h264, ...stereo),
    endless(loopS, ...long, ...sound(loopS), ...h264, '-profile:v', 'main', ...stereo),
    hevcTags(...long, ...x265, '-x265-params', 'log-level=error:keyint=25:scenecut=0:bframes=0'),
    make(...short, ...tone(shortS), '-c:v', 'flv', ...aac),
    endless(lowLoopS, ...sound(lowLoopS), ...aac, '-ar', '44100', '-ac', '1'),
    endless(mp3LoopS, ...sound(mp3LoopS), '-c:a', 'libmp3lame', '-ar', '44100', '-ac', '2'),
    make(...tone(shortS), '-c:a', 'libspeex', '-ar', '16000', '-ac', '1'),
  ]);
  return { usual, small, main, hevc, sorenson, low, mp3, speex };
}
