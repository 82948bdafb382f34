import Rtmp, { type Invoke } from 'node-media-server/src/protocol/rtmp.js';
import { type Amf0Object, type Amf0Value, decodeAmf0, isAmf0Object } from './amf0.ts';
import type { IngestLimits } from './ingest-limits.ts';

/** A client broke the protocol or a limit; its connection ends and nobody else's. */
export class RtmpViolation extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`RTMP violation: ${code}`);
    this.code = code;
  }
}

/** What a client asks for, after its message was checked. */
export interface RtmpRequests {
  publish(streamKey: string, encoder: string): void;
  play(): void;
  unpublish(): void;
  /** The client connected to an app that is not offered. */
  appRefused(): void;
}

const messageTypes = { setChunkSize: 1, audio: 8, video: 9, dataAmf3: 15, commandAmf3: 17, data: 18 } as const;
const mediaTypes: ReadonlySet<number> = new Set([
  messageTypes.audio,
  messageTypes.video,
  messageTypes.dataAmf3,
  messageTypes.data,
]);
const app = 'live';
const wordBytes = 4;
const answerChunkBytes = 0xffff;

/**
 * node-media-server's RTMP parser with a check before each step that trusts the client. Commands are decoded by our own
 * bounded reader, so that the parser's never sees them; a publisher is not told "started" before it was accepted.
 */
export class GuardedRtmp extends Rtmp {
  /** Media counts against the large limits only once a publisher was asked for. */
  mediaExpected = false;
  /** Whether media is handed on. */
  forwarding = false;
  readonly #limits: IngestLimits;
  readonly #requests: RtmpRequests;
  #capacityBytes = 0;
  #connected = false;
  #published = false;
  #encoder = '';

  constructor(limits: IngestLimits, requests: RtmpRequests) {
    super();
    this.#limits = limits;
    this.#requests = requests;
  }

  override packetParse(): void {
    super.packetParse();
    if (this.inPackets.size > this.#limits.chunkStreamsMax) throw new RtmpViolation('chunk_streams');
  }

  override chunkMessageHeaderRead(): number {
    const chunk = this.parserPacket;
    const { length, type } = chunk.header;
    const offset = super.chunkMessageHeaderRead();
    const changed = chunk.header.length !== length || chunk.header.type !== type;
    if (chunk.bytes > 0 && changed) throw new RtmpViolation('interleaved_header');
    return offset;
  }

  override packetAlloc(): void {
    const chunk = this.parserPacket;
    const { length, type } = chunk.header;
    // The stock parser drops every message once deltas carry its clock past 32 bits.
    chunk.clock %= 2 ** 32;
    const large = this.mediaExpected && mediaTypes.has(type);
    if (length > (large ? this.#limits.messageBytesMax : this.#limits.commandBytesMax)) {
      throw new RtmpViolation('message_size');
    }
    const before = chunk.capacity;
    super.packetAlloc();
    this.#capacityBytes += chunk.capacity - before;
    if (this.#capacityBytes > this.#limits.connectionBytesMax) throw new RtmpViolation('connection_bytes');
  }

  override controlHandler(): void {
    const { header, payload } = this.parserPacket;
    if (header.length < wordBytes) throw new RtmpViolation('control_size');
    if (header.type === messageTypes.setChunkSize) {
      const sizeBytes = payload.readUInt32BE();
      const { chunkSizeBytesMin, chunkSizeBytesMax } = this.#limits;
      if (sizeBytes < chunkSizeBytesMin || sizeBytes > chunkSizeBytesMax) throw new RtmpViolation('chunk_size');
    }
    super.controlHandler();
  }

  override invokeHandler(): void {
    const { header, payload } = this.parserPacket;
    // An AMF3 command is one format byte and then AMF0 (RTMP 7.1.1).
    const start = header.type === messageTypes.commandAmf3 ? 1 : 0;
    const message = decodeAmf0(payload.subarray(start, header.length), this.#limits);
    if (!message.ok) throw new RtmpViolation(`command_${message.error}`);
    const [name, transaction, object, ...rest] = message.value;
    const transId = typeof transaction === 'number' && Number.isFinite(transaction) ? transaction : 0;
    switch (name) {
      case 'connect':
        this.#connect(transId, object);
        break;
      case 'createStream':
        if (!this.#connected) throw new RtmpViolation('command_order');
        this.onCreateStream({ cmd: 'createStream', transId, cmdObj: null });
        break;
      case 'publish':
        this.#publish(rest[0]);
        break;
      case 'play':
        if (!this.#connected) throw new RtmpViolation('command_order');
        this.#requests.play();
        break;
      case 'deleteStream':
      case 'closeStream':
      case 'FCUnpublish':
        this.#requests.unpublish();
        break;
      default:
        if (typeof name !== 'string') throw new RtmpViolation('command_name');
    }
  }

  override dataHandler(): void {
    if (this.forwarding && this.parserPacket.header.length > 0) super.dataHandler();
  }

  #connect(transId: number, object: Amf0Value): void {
    if (this.#connected) throw new RtmpViolation('command_order');
    if (!isAmf0Object(object) || typeof object.app !== 'string') throw new RtmpViolation('connect_object');
    if (object.app.replace(/\/+$/, '') !== app) {
      // Announced here as after a good connect: the parser always answers in chunks of this size.
      this.setChunkSize(answerChunkBytes);
      this.sendInvokeMessage(0, connectError(transId));
      this.#requests.appRefused();
    } else {
      this.#connected = true;
      this.#encoder = printable(object.flashVer);
      this.onConnect(connectInvoke(transId, object));
    }
  }

  #publish(name: Amf0Value): void {
    if (!this.#connected || this.#published) throw new RtmpViolation('command_order');
    if (typeof name !== 'string') throw new RtmpViolation('publish_name');
    const streamKey = name.split('?')[0] ?? '';
    const sizeBytes = Buffer.byteLength(streamKey);
    if (sizeBytes === 0 || sizeBytes > this.#limits.streamKeyBytesMax) throw new RtmpViolation('publish_name');
    this.#published = true;
    this.streamId = this.parserPacket.header.stream_id;
    this.mediaExpected = true;
    this.#requests.publish(streamKey, this.#encoder);
  }
}

function connectInvoke(transId: number, object: Amf0Object): Invoke {
  // The parser makes a URL of tcUrl only for a host name that is never used here.
  const tcUrl = `rtmp://localhost/${app}`;
  const objectEncoding = object.objectEncoding === 3 ? 3 : 0;
  return { cmd: 'connect', transId, cmdObj: { app, tcUrl, objectEncoding } };
}

function connectError(transId: number): object {
  const description = `This server takes streams at rtmp://<host>/${app} only.`;
  const info = { level: 'error', code: 'NetConnection.Connect.InvalidApp', description };
  return { cmd: '_error', transId, cmdObj: null, info };
}

function printable(value: Amf0Value): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '').slice(0, 64) : '';
}
