import { browserPublishLimits, ingestLimits } from '#shared/limits/ingest.ts';
import type { Log } from '../observe/log.ts';
import { type Hello, type Recording, readHello } from './browser-hello.ts';
import { FlvReader } from './flv-reader.ts';
import { inTime } from './in-time.ts';
import type { Decide, EndReason, Publisher, PublisherSink } from './publisher.ts';

/** A connection with a browser, message by message. */
export interface MessageSocket {
  onText(take: (text: string) => void): void;
  onBytes(take: (bytes: Buffer) => void): void;
  onClose(take: () => void): void;
  send(text: string): void;
  /** Says why, in a code of RFC 6455 7.4, and cuts the connection off soon after. */
  close(code: number): void;
  /** Takes no more from the browser, or again. */
  pause(isPaused: boolean): void;
}

/** What turns a recording into FLV, as a process. */
export interface Remuxer {
  /** Bytes that wait to be read by it. */
  readonly waitingBytes: number;
  write(bytes: Buffer, onTaken: () => void): void;
  /** No more comes; it ends by itself. */
  end(): void;
  stop(): void;
}

/** What a remuxer tells. `onEnd` comes once, last. */
export interface RemuxEvents {
  onBytes(bytes: Buffer): void;
  onEnd(end: { readonly isClean: boolean; readonly lastLine: string }): void;
}

/** Rejects when there is no such process to be had. */
export type StartRemuxer = (recording: Recording, events: RemuxEvents) => Promise<Remuxer>;

interface BrowserPublisherOptions {
  readonly session: string;
  readonly ip: string;
  /** The browser, in a few words. */
  readonly encoder: string;
  readonly socket: MessageSocket;
  readonly decide: Decide;
  readonly startRemuxer: StartRemuxer;
  readonly log: Log;
  readonly now: () => number;
  /** Waits for the stream key, for media and for the rest of it, ms; in place of `#shared/limits/ingest.ts`. */
  readonly limits?: Partial<typeof browserPublishLimits>;
}

const notUnderstood = 'The page and the server do not understand each other. Load the page again.';
const unreadable = 'The server cannot read what this browser records. Try another browser, or use OBS.';
const silent = 'Nothing came from the browser any more.';
const tooMuch = 'The server does not keep up with this browser. Choose a smaller picture.';

/** RFC 6455 7.4.1 */
const closeCodes = Object.freeze({ normal: 1000, violation: 1008, failed: 1011 });

/**
 * One browser that publishes: its first message is checked like the connection of any encoder, what follows is remuxed
 * and goes the same way as what comes over RTMP.
 */
export class BrowserPublisher implements Publisher {
  readonly session: string;
  readonly #options: BrowserPublisherOptions;
  readonly #limits: typeof browserPublishLimits;
  readonly #reader = new FlvReader();
  #sink: PublisherSink | null = null;
  #remuxer: Remuxer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isAsked = false;
  #isOver = false;
  /** The browser has gone, and the rest of its recording is on its way. */
  #isDraining = false;

  constructor(options: BrowserPublisherOptions) {
    this.session = options.session;
    this.#options = options;
    this.#limits = { ...browserPublishLimits, ...options.limits };
    const { socket } = options;
    socket.onText((text) => void this.#hello(text));
    socket.onBytes((bytes) => this.#media(bytes));
    socket.onClose(() => this.#left());
    this.#wait(this.#limits.helloMsMax, () => this.#refuse('protocol', notUnderstood));
  }

  close(sentence: string): void {
    this.#end('kicked', sentence, closeCodes.normal);
  }

  async #hello(text: string): Promise<void> {
    const hello = this.#isAsked ? null : readHello(text);
    this.#isAsked = true;
    if (!hello) return this.#refuse('protocol', notUnderstood);
    this.#wait(0, null);
    // What it sends meanwhile waits in its own buffers.
    this.#options.socket.pause(true);
    const sink = await this.#decide(hello);
    if (sink) await this.#begin(hello, sink);
  }

  async #decide({ streamKey }: Hello): Promise<PublisherSink | null> {
    const { session, ip, encoder, decide, log } = this.#options;
    const deciding = Promise.resolve().then(() => decide({ session, streamKey, ip, encoder }, this));
    const decision = await inTime(deciding, { session, msMax: ingestLimits.decisionMsMax, log });
    if (!decision.accept) {
      log.info({ session, ip, code: decision.code }, 'publisher refused');
      this.#refuse(decision.code, decision.sentence);
      return null;
    }
    if (!this.#isOver) return decision.sink;
    decision.sink.end('closed');
    return null;
  }

  async #begin(recording: Recording, sink: PublisherSink): Promise<void> {
    const { session, socket, startRemuxer, log } = this.#options;
    this.#sink = sink;
    try {
      const remuxer = await startRemuxer(recording, {
        onBytes: (bytes) => this.#flv(bytes),
        onEnd: ({ isClean, lastLine }) => {
          if (!isClean) log.warn({ event: 'remux_failed', session, lastLine }, 'a recording could not be read');
          if (this.#isDraining) this.#end('closed', '', closeCodes.normal);
          else this.#end('limit', unreadable, closeCodes.violation);
        },
      });
      if (this.#isOver) return remuxer.stop();
      this.#remuxer = remuxer;
    } catch (error) {
      log.error({ session, err: error }, 'the remuxer did not start');
      return this.#end('limit', 'The server failed on this stream. Please start it again.', closeCodes.failed);
    }
    socket.send(JSON.stringify({ type: 'accepted' }));
    socket.pause(false);
    this.#wait(this.#limits.idleMsMax, () => this.#end('idle', silent, closeCodes.normal));
  }

  #media(bytes: Buffer): void {
    const remuxer = this.#remuxer;
    if (!remuxer || this.#isOver) {
      // Media before the key was accepted.
      if (!this.#isOver) this.#refuse('protocol', notUnderstood);
      return;
    }
    const { queueBytesMax, messageBytesMax } = this.#limits;
    if (remuxer.waitingBytes > queueBytesMax + messageBytesMax) {
      this.#end('limit', tooMuch, closeCodes.violation);
      return;
    }
    this.#wait(this.#limits.idleMsMax, () => this.#end('idle', silent, closeCodes.normal));
    const { socket } = this.#options;
    remuxer.write(bytes, () => {
      if (!this.#isOver && remuxer.waitingBytes < queueBytesMax) socket.pause(false);
    });
    if (remuxer.waitingBytes >= queueBytesMax) socket.pause(true);
  }

  #flv(bytes: Buffer): void {
    if (this.#isOver) return;
    const read = this.#reader.push(bytes, this.#options.now());
    try {
      for (const tag of read.ok ? read.value : []) this.#sink?.tag(tag);
    } catch (error) {
      // One stream's failure is not the other streams'.
      this.#options.log.error({ session: this.session, error: String(error) }, 'publisher sink failed');
      this.close('The server failed on this stream. Please start it again.');
    }
    if (!read.ok) this.#end('limit', unreadable, closeCodes.violation);
  }

  /** The connection is gone: what came over it is still published. */
  #left(): void {
    if (this.#isOver) return;
    const end = () => this.#end('closed', '', closeCodes.normal);
    if (this.#remuxer) {
      this.#isDraining = true;
      this.#remuxer.end();
      this.#wait(this.#limits.drainMsMax, end);
    } else {
      end();
    }
  }

  #refuse(code: string, sentence: string): void {
    if (this.#isOver) return;
    this.#options.socket.send(JSON.stringify({ type: 'refused', code, sentence }));
    this.#end('limit', '', closeCodes.violation);
  }

  #end(reason: EndReason, sentence: string, closeCode: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wait(0, null);
    const { socket } = this.#options;
    if (sentence) socket.send(JSON.stringify({ type: 'ended', code: reason, sentence }));
    socket.close(closeCode);
    this.#remuxer?.stop();
    const sink = this.#sink;
    this.#sink = null;
    // On a clean stack, since it may be what closed the publisher.
    if (sink) queueMicrotask(() => sink.end(reason));
  }

  #wait(msMax: number, onLate: (() => void) | null): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = onLate && setTimeout(onLate, msMax);
  }
}
