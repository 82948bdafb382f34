import type { Socket } from 'node:net';
import RtmpSession from 'node-media-server/src/session/rtmp_session.js';
import type { FlvTag } from './flv.ts';
import { GuardedRtmp, RtmpViolation } from './guarded-rtmp.ts';
import type { IngestLimits } from './ingest-limits.ts';

/** How a session that asked to publish ended, as the ingest process sees it. */
export type SessionEnd = 'closed' | 'idle' | 'limit' | 'kicked';

/** Where a session's news go. */
export interface SessionOutlet {
  publish(request: { readonly streamKey: string; readonly ip: string; readonly encoder: string }): void;
  /** Returns this session's bytes that still wait to be taken, this tag included. */
  tag(tag: FlvTag): number;
  /** Only after `publish`, once, and nothing after it. */
  ended(reason: SessionEnd): void;
  /** A connection that was cut for what it did; `code` is stable. */
  dropped(code: string, ip: string): void;
}

type Phase = 'handshake' | 'connecting' | 'deciding' | 'publishing' | 'closing';

const rtmpVersion = 3;
const handshakeComplete = 3;
const ackBytesMin = 65_536;
const publishRefused = 'NetStream.Publish.BadName';
const playRefused = 'NetStream.Play.Failed';
const playSentence = 'Playing over RTMP is not offered. Watch over HLS or DASH.';

/** One RTMP connection: node-media-server's session with our rules in front of it. */
export class IngestSession {
  readonly #socket: Socket;
  readonly #limits: IngestLimits;
  readonly #outlet: SessionOutlet;
  readonly #ip: string;
  readonly #rtmp: GuardedRtmp;
  readonly #openedMs = performance.now();
  #phase: Phase = 'handshake';
  #asked = false;
  #end: SessionEnd = 'closed';
  #deadline: NodeJS.Timeout | null = null;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;

  constructor(socket: Socket, ip: string, limits: IngestLimits, outlet: SessionOutlet) {
    this.#socket = socket;
    this.#limits = limits;
    this.#outlet = outlet;
    this.#ip = ip;
    this.#rtmp = new GuardedRtmp(limits, {
      publish: (streamKey, encoder) => this.#publish(streamKey, encoder),
      play: () => this.#play(),
      unpublish: () => {
        if (this.#phase === 'publishing') this.#close(null);
      },
      appRefused: () => this.#close('app'),
    });
    this.#run();
  }

  /** The publisher may begin. */
  accept(): void {
    if (this.#phase !== 'deciding') return;
    this.#phase = 'publishing';
    this.#rtmp.forwarding = true;
    this.#status('status', 'NetStream.Publish.Start', 'The stream is being received.');
    this.#arm(this.#limits.idleMsMax, () => this.#drop('idle', 'idle'));
  }

  /** Tells the publisher why and closes. */
  close(sentence: string): void {
    if (this.#phase !== 'deciding' && this.#phase !== 'publishing') return;
    this.#end = 'kicked';
    this.#tellAndClose(publishRefused, sentence, null);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #run(): void {
    const session = new RtmpSession(this.#socket);
    session.rtmp = this.#rtmp;
    const parse = session.onData;
    session.onData = (data) => this.#receive(data, parse);
    session.onOutput = (data) => this.#answer(data);
    session.onPacket = (packet) => this.#forward(packet.codec_type, packet.dts, packet.data.subarray(0, packet.size));
    session.onClose = () => this.#over();
    this.#arm(this.#limits.handshakeMsMax, () => this.#drop('handshake_timeout', 'idle'));
    session.run();
  }

  #receive(data: Buffer, parse: (data: Buffer) => void): void {
    if (this.#phase === 'closing' || this.#socket.destroyed) return;
    try {
      if (this.#receivedBytes === 0 && data[0] !== rtmpVersion) throw new RtmpViolation('not_rtmp');
      this.#receivedBytes += data.length;
      parse(data);
    } catch (error) {
      this.#drop(error instanceof RtmpViolation ? error.code : 'parser', 'limit');
    }
    this.#acknowledge();
    if (this.#phase === 'handshake' && this.#rtmp.handshakeState === handshakeComplete) {
      this.#phase = 'connecting';
      const spentMs = performance.now() - this.#openedMs;
      const leftMs = Math.max(1, this.#limits.connectToPublishMsMax - spentMs);
      this.#arm(leftMs, () => this.#drop('publish_timeout', 'idle'));
    }
  }

  /** The acknowledgements that a client asked for (RTMP 5.4.3); the stock server never sends them. */
  #acknowledge(): void {
    const windowBytes = this.#rtmp.ackSize;
    if (windowBytes === undefined) return;
    if (this.#receivedBytes - this.#acknowledgedBytes < Math.max(windowBytes, ackBytesMin)) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    this.#rtmp.sendACK(this.#receivedBytes % 2 ** 32);
  }

  #answer(data: Buffer): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    this.#socket.write(data);
    if (this.#socket.writableLength > this.#limits.answerBytesMax) this.#drop('unread_answers', 'limit');
  }

  #play(): void {
    if (this.#phase === 'closing') return;
    this.#end = 'limit';
    this.#tellAndClose(playRefused, playSentence, 'play');
  }

  #publish(streamKey: string, encoder: string): void {
    // What a client sent behind the message that it is being closed for may still be in the parser.
    if (this.#phase !== 'handshake' && this.#phase !== 'connecting') return;
    this.#phase = 'deciding';
    this.#asked = true;
    const sentence = 'The server could not check the stream key in time. Please try again.';
    // Twice the time that the main process gives itself: this one is for when it hangs.
    this.#arm(2 * this.#limits.decisionMsMax, () => this.close(sentence));
    this.#outlet.publish({ streamKey, ip: this.#ip, encoder });
  }

  #forward(messageType: number, timestampMs: number, data: Buffer): void {
    this.#deadline?.refresh();
    const amf3 = messageType === 15;
    const type = messageType === 8 ? 'audio' : messageType === 9 ? 'video' : 'script';
    const body = amf3 ? data.subarray(1) : data;
    const waitingBytes = this.#outlet.tag({ type, timestampMs, arrivalMs: Date.now(), body });
    if (waitingBytes > this.#limits.queueBytesMax) this.#drop('queue', 'limit');
  }

  #tellAndClose(code: string, sentence: string, droppedFor: string | null): void {
    const description = sentence.replace(/[^\x20-\x7e]/g, '?').slice(0, this.#limits.sentenceCharsMax);
    this.#status('error', code, description);
    this.#close(droppedFor);
  }

  #status(level: 'status' | 'error', code: string, description: string): void {
    this.#rtmp.sendStatusMessage(this.#rtmp.streamId ?? 0, level, code, description);
  }

  /** Sends what is left and waits for the client to go, so that a reset does not overtake the reason. */
  #close(droppedFor: string | null): void {
    if (droppedFor !== null) this.#outlet.dropped(droppedFor, this.#ip);
    this.#phase = 'closing';
    this.#rtmp.forwarding = false;
    this.#socket.end();
    this.#arm(this.#limits.closeMsMax, () => this.#socket.destroy());
  }

  #drop(code: string, reason: SessionEnd): void {
    if (this.#socket.destroyed) return;
    this.#outlet.dropped(code, this.#ip);
    this.#cut(reason);
  }

  #cut(reason: SessionEnd): void {
    this.#end = reason;
    this.#phase = 'closing';
    this.#rtmp.forwarding = false;
    this.#socket.destroy();
  }

  #over(): void {
    if (this.#deadline) clearTimeout(this.#deadline);
    if (this.#asked) this.#outlet.ended(this.#end);
  }

  #arm(delayMs: number, expired: () => void): void {
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#deadline = setTimeout(expired, delayMs);
  }
}
