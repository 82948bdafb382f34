import type { FlvTag } from './flv.ts';
import type { IngestLimits } from './ingest-limits.ts';

/**
 * Frames between the ingest process and the origin's main process, in order on one stream:
 * length of the payload (u32), type (u8), session number (u32), payload. Big-endian.
 */
export const frameTypes = Object.freeze({
  // from the main process
  start: 1,
  stop: 2,
  accept: 3,
  /** Refuses a publisher that waits, ends one that publishes. */
  close: 4,
  /** Another certificate for connections to come. */
  certificate: 5,
  // from the ingest process
  listening: 16,
  listenFailed: 17,
  publish: 18,
  tag: 19,
  ended: 20,
  log: 21,
});

export interface Frame {
  readonly type: number;
  readonly session: number;
  readonly payload: Buffer;
}

/** Content of the first frame from the main process. */
export interface StartContent {
  readonly bind: string;
  readonly port: number;
  /** RTMPS beside RTMP; null: none. */
  readonly tls: TlsContent | null;
  readonly limits: IngestLimits;
}

/** Where RTMPS is offered, and as whom. */
export interface TlsContent extends Certificate {
  readonly port: number;
}

/** A certificate with the chain that leads to it, and its key, as PEM. */
export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

const headerBytes = 9;
const tagHeadBytes = 13;
const tagTypes = { audio: 8, video: 9, script: 18 } as const;

/** A frame whose payload is JSON. */
export function controlFrame(type: number, session: number, content: object): Buffer {
  const payload = Buffer.from(JSON.stringify(content), 'utf8');
  return Buffer.concat([header(Buffer.allocUnsafe(headerBytes), payload.length, type, session), payload]);
}

/** The JSON content of a control frame. */
export function frameContent(frame: Frame): unknown {
  return JSON.parse(frame.payload.toString('utf8'));
}

/** A frame that carries one FLV tag; the body is copied. */
export function tagFrame(session: number, tag: FlvTag): Buffer {
  const payloadBytes = tagHeadBytes + tag.body.length;
  const bytes = header(Buffer.allocUnsafe(headerBytes + payloadBytes), payloadBytes, frameTypes.tag, session);
  bytes.writeUInt8(tagTypes[tag.type], 9);
  bytes.writeUInt32BE(tag.timestampMs, 10);
  bytes.writeDoubleBE(tag.arrivalMs, 14);
  tag.body.copy(bytes, headerBytes + tagHeadBytes);
  return bytes;
}

/** The FLV tag of a tag frame; its body is a view on the frame. */
export function frameTag(frame: Frame): FlvTag {
  const { payload } = frame;
  const type = payload.readUInt8(0);
  return {
    type: type === tagTypes.video ? 'video' : type === tagTypes.audio ? 'audio' : 'script',
    timestampMs: payload.readUInt32BE(1),
    arrivalMs: payload.readDoubleBE(5),
    body: payload.subarray(tagHeadBytes),
  };
}

function header(bytes: Buffer, payloadBytes: number, type: number, session: number): Buffer {
  bytes.writeUInt32BE(payloadBytes, 0);
  bytes.writeUInt8(type, 4);
  bytes.writeUInt32BE(session, 5);
  return bytes;
}

/** Cuts a byte stream into frames; copies only what spans two chunks. */
export class FrameReader {
  readonly #payloadBytesMax: number;
  #pending: Buffer = Buffer.alloc(0);
  /** A frame in the making, and how much of it is there. */
  #partial: Buffer | null = null;
  #filledBytes = 0;

  constructor(payloadBytesMax: number) {
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** The frames completed by this chunk. Throws when a frame is longer than allowed: the stream is lost then. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let rest = this.#fill(chunk, frames);
    if (this.#pending.length > 0) {
      rest = Buffer.concat([this.#pending, rest]);
      this.#pending = Buffer.alloc(0);
    }
    while (rest.length >= headerBytes) {
      const payloadBytes = rest.readUInt32BE(0);
      if (payloadBytes > this.#payloadBytesMax) throw new Error(`A frame of ${payloadBytes} bytes is over the limit.`);
      const end = headerBytes + payloadBytes;
      if (rest.length < end) {
        this.#partial = Buffer.allocUnsafe(end);
        this.#filledBytes = rest.copy(this.#partial);
        return frames;
      }
      frames.push(frameOf(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    this.#pending = rest;
    return frames;
  }

  #fill(chunk: Buffer, frames: Frame[]): Buffer {
    if (this.#partial === null) return chunk;
    const copied = chunk.copy(this.#partial, this.#filledBytes);
    this.#filledBytes += copied;
    if (this.#filledBytes === this.#partial.length) {
      frames.push(frameOf(this.#partial));
      this.#partial = null;
    }
    return chunk.subarray(copied);
  }
}

function frameOf(bytes: Buffer): Frame {
  return { type: bytes.readUInt8(4), session: bytes.readUInt32BE(5), payload: bytes.subarray(headerBytes) };
}
