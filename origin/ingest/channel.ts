import { Socket } from 'node:net';
import type { FlvTag } from './flv.ts';
import { controlFrame, type Frame, FrameReader, frameTypes, tagFrame } from './frame.ts';

/** File descriptor of the channel in the ingest process: one end of a socket pair that the main process made. */
export const channelFd = 3;

/** The ingest process's end of the channel to the main process. */
export class Channel {
  readonly #socket: Socket;
  readonly #waitingBytes = new Map<number, number>();

  /** @param gone the main process has closed its end or died */
  constructor(payloadBytesMax: number, receive: (frame: Frame) => void, gone: () => void) {
    this.#socket = new Socket({ fd: channelFd, readable: true, writable: true });
    const reader = new FrameReader(payloadBytesMax);
    this.#socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) receive(frame);
    });
    this.#socket.on('error', gone);
    this.#socket.on('close', gone);
  }

  control(type: number, session: number, content: object, flushed?: () => void): void {
    this.#socket.write(controlFrame(type, session, content), flushed);
  }

  log(level: 'info' | 'warn' | 'error', fields: object, message: string, flushed?: () => void): void {
    this.control(frameTypes.log, 0, { level, fields, message }, flushed);
  }

  /** Returns the bytes of this session that wait to be taken. */
  tag(session: number, tag: FlvTag): number {
    const frame = tagFrame(session, tag);
    const waiting = (this.#waitingBytes.get(session) ?? 0) + frame.length;
    this.#waitingBytes.set(session, waiting);
    this.#socket.write(frame, () => this.#taken(session, frame.length));
    return waiting;
  }

  #taken(session: number, sizeBytes: number): void {
    const waiting = (this.#waitingBytes.get(session) ?? 0) - sizeBytes;
    if (waiting > 0) this.#waitingBytes.set(session, waiting);
    else this.#waitingBytes.delete(session);
  }
}
