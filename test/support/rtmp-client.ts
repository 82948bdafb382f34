import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeAmf0 } from '../../origin/ingest/amf0.ts';
import { type Amf0Input, amf0 } from './amf0-writer.ts';
import { pollUntil } from './poll.ts';

/** Message types of RTMP (5.4, 7.1). */
export const rtmpMessage = Object.freeze({ setChunkSize: 1, windowSize: 5, audio: 8, video: 9, data: 18, command: 20 });

export interface StatusMessage {
  readonly level: string;
  readonly code: string;
  readonly description: string;
}

export interface RtmpMessageOptions {
  readonly chunkStream?: number;
  readonly timestampMs?: number;
  readonly streamId?: number;
}

const handshakeBytes = 1_536;
const headerBytes: readonly number[] = [11, 7, 3, 0];

/** A small RTMP client that can also misbehave: every step is a call of its own, and raw bytes go through `write`. */
export class RtmpClient {
  readonly socket: Socket;
  /** `onStatus` infos and `_error` infos, in order. */
  readonly statuses: StatusMessage[] = [];
  /** Names of the commands that the server sent. */
  readonly commands: string[] = [];
  /** Types of all messages that the server sent. */
  readonly messageTypes: number[] = [];
  closed = false;
  #received: Buffer = Buffer.alloc(0);
  #handshaken = false;
  #chunkSizeIn = 128;
  #chunkSizeOut = 128;
  #lengths = new Map<number, { length: number; type: number }>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('data', (data) => this.#receive(data));
  }

  static async open(port: number): Promise<RtmpClient> {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    return new RtmpClient(socket);
  }

  /** Connected and ready for `publish`. */
  static async ready(port: number, app = 'live'): Promise<RtmpClient> {
    const client = await RtmpClient.open(port);
    await client.handshake();
    client.command('connect', 1, { app, tcUrl: `rtmp://127.0.0.1:${port}/${app}`, flashVer: 'test client' });
    client.command('createStream', 2, null);
    await pollUntil(() => client.commands.length >= 2 || client.statuses.length > 0 || client.closed);
    return client;
  }

  /** Publishing, or refused: see `statuses`. */
  static async publishing(port: number, streamKey: string): Promise<RtmpClient> {
    const client = await RtmpClient.ready(port);
    client.publish(streamKey);
    await pollUntil(() => client.statuses.length > 0 || client.closed);
    return client;
  }

  async handshake(): Promise<void> {
    this.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(handshakeBytes)]));
    await pollUntil(() => this.#handshaken || this.closed);
    this.write(Buffer.alloc(handshakeBytes));
  }

  write(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  command(...values: readonly Amf0Input[]): void {
    this.message(rtmpMessage.command, amf0(...values), { chunkStream: 3 });
  }

  publish(streamKey: Amf0Input): void {
    this.message(rtmpMessage.command, amf0('publish', 3, null, streamKey, 'live'), { chunkStream: 4, streamId: 1 });
  }

  /** A whole message, chunk header type 0. */
  message(type: number, body: Buffer, options: RtmpMessageOptions = {}): void {
    const { chunkStream = 6, timestampMs = 0, streamId = 1 } = options;
    const extended = timestampMs >= 0xffffff;
    const head = Buffer.alloc(12);
    head.writeUInt8(chunkStream, 0);
    head.writeUIntBE(extended ? 0xffffff : timestampMs, 1, 3);
    head.writeUIntBE(body.length, 4, 3);
    head.writeUInt8(type, 7);
    head.writeUInt32LE(streamId, 8);
    const extension = Buffer.alloc(extended ? 4 : 0);
    if (extended) extension.writeUInt32BE(timestampMs);
    this.#chunks(Buffer.concat([head, extension]), Buffer.concat([Buffer.from([0xc0 | chunkStream]), extension]), body);
  }

  /** A whole message, chunk header type 1: the time as a difference to the message before it. */
  deltaMessage(type: number, body: Buffer, deltaMs: number, chunkStream = 6): void {
    const head = Buffer.alloc(8);
    head.writeUInt8(0x40 | chunkStream, 0);
    head.writeUIntBE(deltaMs, 1, 3);
    head.writeUIntBE(body.length, 4, 3);
    head.writeUInt8(type, 7);
    this.#chunks(head, Buffer.from([0xc0 | chunkStream]), body);
  }

  setChunkSize(sizeBytes: number): void {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(sizeBytes);
    this.message(rtmpMessage.setChunkSize, body, { chunkStream: 2, streamId: 0 });
    this.#chunkSizeOut = sizeBytes;
  }

  async end(): Promise<void> {
    this.socket.destroy();
    await pollUntil(() => this.closed);
  }

  #chunks(first: Buffer, next: Buffer, body: Buffer): void {
    const pieces: Buffer[] = [];
    let at = 0;
    do {
      pieces.push(at === 0 ? first : next, body.subarray(at, at + this.#chunkSizeOut));
      at += this.#chunkSizeOut;
    } while (at < body.length);
    this.write(Buffer.concat(pieces));
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    const answerBytes = 1 + 2 * handshakeBytes;
    if (!this.#handshaken) {
      if (this.#received.length < answerBytes) return;
      this.#handshaken = true;
      this.#received = this.#received.subarray(answerBytes);
    }
    while (this.#readMessage());
  }

  /** The server sends each message in one chunk: its chunk size is far above what it has to say. */
  #readMessage(): boolean {
    const bytes = this.#received;
    if (bytes.length < 1) return false;
    const first = bytes.readUInt8(0);
    const format = first >> 6;
    const chunkStream = first & 0x3f;
    const start = 1 + (headerBytes[format] ?? 0);
    if (bytes.length < start) return false;
    if (format < 2) this.#lengths.set(chunkStream, { length: bytes.readUIntBE(4, 3), type: bytes.readUInt8(7) });
    const { length, type } = this.#lengths.get(chunkStream) ?? { length: 0, type: 0 };
    if (length > this.#chunkSizeIn) throw new Error('test client: a message in several chunks is not read');
    if (bytes.length < start + length) return false;
    this.#received = bytes.subarray(start + length);
    this.#handle(type, bytes.subarray(start, start + length));
    return true;
  }

  #handle(type: number, body: Buffer): void {
    this.messageTypes.push(type);
    if (type === rtmpMessage.setChunkSize) this.#chunkSizeIn = body.readUInt32BE();
    if (type !== rtmpMessage.command) return;
    const message = decodeAmf0(body, { amfDepthMax: 8, amfKeysMax: 100 });
    if (!message.ok) throw new Error(`test client: ${message.error}`);
    const [name, , , info] = message.value;
    this.commands.push(String(name));
    if (name === 'onStatus' || name === '_error') this.statuses.push(info as unknown as StatusMessage);
  }
}
