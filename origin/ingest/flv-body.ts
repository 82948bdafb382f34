import type { SourceAudio, SourceVideo } from '#shared/model/source.ts';
import type { FlvTagType } from './flv.ts';

/**
 * What the first bytes of an FLV tag body say: the legacy header (FLV specification E.4.2, E.4.3) and the FourCC
 * header of Enhanced RTMP v2.
 */

export type VideoCodec = SourceVideo['codec'];
export type AudioCodec = SourceAudio['codec'];

const videoFourCc: Readonly<Record<string, VideoCodec>> = { avc1: 'h264', hvc1: 'hevc', av01: 'av1', vp09: 'vp9' };
const audioFourCc: Readonly<Record<string, AudioCodec>> = { mp4a: 'aac', Opus: 'opus', '.mp3': 'mp3' };

const videoPacket = { sequenceStart: 0, codedFrames: 1, codedFramesX: 3 } as const;
const audioPacket = { sequenceStart: 0, codedFrames: 1 } as const;
const keyframe = 1;
const command = 5;
const sliceNalType = 1;
const idrNalType = 5;

/** Codec of a video body; `unsupported` also when the body is too short to tell. */
export function videoCodec(body: Buffer): VideoCodec {
  if (isEnhancedVideo(body)) return videoFourCc[fourCc(body)] ?? 'unsupported';
  return (byteAt(body, 0) & 0x0f) === 7 ? 'h264' : 'unsupported';
}

/** Codec of an audio body. */
export function audioCodec(body: Buffer): AudioCodec {
  if (isEnhancedAudio(body)) return audioFourCc[fourCc(body)] ?? 'unsupported';
  const format = byteAt(body, 0) >> 4;
  if (format === 10) return 'aac';
  return format === 2 || format === 14 ? 'mp3' : 'unsupported';
}

/** Codec of a body of either track. */
export function codecOf(type: 'audio' | 'video', body: Buffer): VideoCodec | AudioCodec {
  return type === 'video' ? videoCodec(body) : audioCodec(body);
}

/** Whether the body carries the decoder's configuration and no frame. */
export function isSequenceHeader(type: FlvTagType, body: Buffer): boolean {
  if (type === 'script') return false;
  if (type === 'video') {
    if (isEnhancedVideo(body)) return packetType(body) === videoPacket.sequenceStart && body.length > 5;
    return videoCodec(body) === 'h264' && body.length > 5 && byteAt(body, 1) === 0;
  }
  if (isEnhancedAudio(body)) return packetType(body) === audioPacket.sequenceStart && body.length > 5;
  return audioCodec(body) === 'aac' && body.length > 2 && byteAt(body, 1) === 0;
}

/** The configuration record inside a sequence header: avcC, hvcC, av1C, vpcC, AudioSpecificConfig or OpusHead. */
export function sequenceHeaderConfig(type: FlvTagType, body: Buffer): Buffer {
  if (type === 'audio') return body.subarray(isEnhancedAudio(body) ? 5 : 2);
  return body.subarray(5);
}

/** Whether the body carries a coded picture or sound, as opposed to configuration, an end mark or a command. */
export function isFrame(type: FlvTagType, body: Buffer): boolean {
  if (type === 'script' || body.length < 2) return false;
  if (type === 'audio') {
    if (isEnhancedAudio(body)) return packetType(body) === audioPacket.codedFrames && body.length > 5;
    return audioCodec(body) !== 'aac' || byteAt(body, 1) === 1;
  }
  if (frameType(body) === command) return false;
  if (isEnhancedVideo(body)) {
    const packet = packetType(body);
    return (packet === videoPacket.codedFrames || packet === videoPacket.codedFramesX) && body.length > 5;
  }
  return videoCodec(body) !== 'h264' || (byteAt(body, 1) === 1 && body.length > 5);
}

/** Whether the body is a picture that can be decoded alone. */
export function isKeyframe(body: Buffer): boolean {
  return isFrame('video', body) && frameType(body) === keyframe;
}

/** Whether a keyframe's body has no IDR picture: a recovery point of an open GOP (ITU-T H.264 7.4.1.2.4). */
export function isOpenKeyframe(body: Buffer): boolean {
  if (!isKeyframe(body) || isEnhancedVideo(body) || videoCodec(body) !== 'h264') return false;
  let hasSlice = false;
  for (const nal of nalUnits(body)) {
    const type = byteAt(nal, 0) & 0x1f;
    if (type === idrNalType) return false;
    hasSlice ||= type === sliceNalType;
  }
  return hasSlice;
}

/** Presentation minus decode time of a video body, ms; signed 24-bit on the wire, 0 where the codec has none. */
export function compositionTimeMs(body: Buffer): number {
  if (!isFrame('video', body)) return 0;
  if (!isEnhancedVideo(body)) return videoCodec(body) === 'h264' ? body.readIntBE(2, 3) : 0;
  const codec = videoCodec(body);
  const carries = packetType(body) === videoPacket.codedFrames && (codec === 'h264' || codec === 'hevc');
  return carries && body.length >= 8 ? body.readIntBE(5, 3) : 0;
}

/** The NAL units of an H.264 or HEVC picture, each in the usual form behind four bytes of length (ISO/IEC 14496-15 5.3.3). */
export function* nalUnits(body: Buffer): Generator<Buffer> {
  const codec = isFrame('video', body) ? videoCodec(body) : null;
  if (codec !== 'h264' && codec !== 'hevc') return;
  const hasTime = !isEnhancedVideo(body) || packetType(body) === videoPacket.codedFrames;
  let at = isEnhancedVideo(body) && hasTime ? 8 : 5;
  while (at + 5 <= body.length) {
    const end = at + 4 + body.readUInt32BE(at);
    yield body.subarray(at + 4, end);
    at = end;
  }
}

function byteAt(body: Buffer, index: number): number {
  return body[index] ?? 0;
}

function isEnhancedVideo(body: Buffer): boolean {
  return (byteAt(body, 0) & 0x80) !== 0;
}

function isEnhancedAudio(body: Buffer): boolean {
  return byteAt(body, 0) >> 4 === 9;
}

function packetType(body: Buffer): number {
  return byteAt(body, 0) & 0x0f;
}

function frameType(body: Buffer): number {
  return (byteAt(body, 0) >> 4) & 0x07;
}

function fourCc(body: Buffer): string {
  return body.toString('latin1', 1, 5);
}
