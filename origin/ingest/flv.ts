/** One FLV tag as it came over RTMP. */
export interface FlvTag {
  readonly type: 'audio' | 'video' | 'script';
  /** RTMP time as sent, ms, 32-bit */
  readonly timestampMs: number;
  /** wall clock at arrival of its last byte in the ingest process, ms since the Unix epoch */
  readonly arrivalMs: number;
  /** FLV tag body including the codec header bytes */
  readonly body: Buffer;
}

export type FlvTagType = FlvTag['type'];

const tagTypes: Readonly<Record<FlvTagType, number>> = { audio: 8, video: 9, script: 18 };
const tagHeaderBytes = 11;

/** The file header and the size of the (absent) tag before the first (FLV specification 10.1, E.2). */
export function flvHeader(tracks: { readonly hasAudio: boolean; readonly hasVideo: boolean }): Buffer {
  const flags = (tracks.hasAudio ? 4 : 0) | (tracks.hasVideo ? 1 : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
}

const halfRangeMs = 2 ** 31;
/** Tags may come that lie before the first one. */
const earlierMsMax = 60_000;

/**
 * What the times of a stream count from that begins at a time, ms: they have 32 bits, and ffmpeg takes one that begins with
 * great ones to begin below zero.
 */
export function flvBaseMs(firstMs: number): number {
  return Math.max(0, Math.floor((firstMs - earlierMsMax) / halfRangeMs)) * halfRangeMs;
}

/**
 * One tag as a file has it (E.4.1), in pieces so that the body is not copied.
 * @param timestampMs taken modulo 2^32
 * @param body at most 2^24 - 1 bytes
 */
export function flvTagBytes(type: FlvTagType, timestampMs: number, body: Buffer): Buffer[] {
  const head = Buffer.allocUnsafe(tagHeaderBytes);
  const time = timestampMs >>> 0;
  head.writeUInt8(tagTypes[type], 0);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUIntBE(time & 0xffffff, 4, 3);
  head.writeUInt8(time >>> 24, 7);
  head.writeUIntBE(0, 8, 3);
  const tail = Buffer.allocUnsafe(4);
  tail.writeUInt32BE(tagHeaderBytes + body.length);
  return [head, body, tail];
}
