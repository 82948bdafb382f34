/** The parts of node-media-server 4.4.3 that are used here. Private fields: the version is pinned exactly. */

declare module 'node-media-server' {
  import type { Server } from 'node:net';

  export interface NmsConfig {
    readonly bind: string;
    readonly rtmp: { readonly port: number };
    readonly webadmin: { readonly enable: boolean };
    readonly record: { readonly auto: boolean };
  }

  export default class NodeMediaServer {
    constructor(config: NmsConfig);
    readonly rtmpServer: { readonly tcpServer: Server };
  }
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log: (message: string, level?: string) => void };
  export default logger;
}

declare module 'node-media-server/src/session/rtmp_session.js' {
  import type { Socket } from 'node:net';
  import type Rtmp from 'node-media-server/src/protocol/rtmp.js';
  import type { AvPacket } from 'node-media-server/src/protocol/rtmp.js';

  export default class RtmpSession {
    constructor(socket: Socket);
    rtmp: Rtmp;
    inBytes: number;
    /** Attaches the callbacks below to the socket and to `rtmp`. */
    run: () => void;
    onData: (data: Buffer) => void;
    onOutput: (data: Buffer) => void;
    onPacket: (packet: AvPacket) => void;
    onClose: () => void;
  }
}

declare module 'node-media-server/src/protocol/rtmp.js' {
  export interface AvPacket {
    /** RTMP message type: 8 audio, 9 video, 15 and 18 data. */
    readonly codec_type: number;
    /** Message timestamp, ms. */
    readonly dts: number;
    readonly size: number;
    /** The parser's own buffer, longer than `size` and reused for the next message. */
    readonly data: Buffer;
  }

  export interface RtmpChunk {
    readonly header: { length: number; type: number; stream_id: number };
    clock: number;
    payload: Buffer;
    capacity: number;
    bytes: number;
  }

  export interface Invoke {
    readonly cmd: string;
    readonly transId: number;
    readonly cmdObj: { readonly app: string; readonly tcUrl: string; readonly objectEncoding: number } | null;
  }

  export default class Rtmp {
    /** 3 when the handshake is complete. */
    handshakeState: number;
    parserPacket: RtmpChunk;
    inPackets: Map<number, RtmpChunk>;
    /** Unset until a client asked to publish. */
    streamId?: number;
    /** Window that the client asked acknowledgements for, bytes. */
    ackSize?: number;
    packetParse(): void;
    chunkMessageHeaderRead(): number;
    packetAlloc(): void;
    controlHandler(): void;
    invokeHandler(): void;
    dataHandler(): void;
    onConnect(message: Invoke): void;
    onCreateStream(message: Invoke): void;
    setChunkSize(sizeBytes: number): void;
    sendACK(sizeBytes: number): void;
    sendInvokeMessage(streamId: number, message: object): void;
    sendStatusMessage(streamId: number, level: string, code: string, description: string): void;
  }
}
