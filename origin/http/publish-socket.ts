import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { browserPublishLimits, ingestLimits } from '#shared/limits/ingest.ts';
import { readBrowserPublish } from '#shared/wire/browser-publish.ts';

/** A browser's connection, message by message. */
export interface PublishSocket {
  onText(take: (text: string) => void): void;
  onBytes(take: (bytes: Buffer) => void): void;
  onClose(take: () => void): void;
  send(text: string): void;
  /** Says why, in a code of RFC 6455 7.4, and cuts the connection off soon after. */
  close(code: number): void;
  /** Takes no more from the browser, or again. */
  pause(isPaused: boolean): void;
}

/** Takes a browser that wants to publish, once its PoP is known. */
export type TakePublisher = (socket: PublishSocket, from: { readonly ip: string; readonly browser: string }) => void;

/** What comes of a request: it is a connection now, it is none that is known here, or there is no room for it. */
type Upgrade = 'taken' | 'unknown' | 'full';

/** Turns requests of PoPs into connections with browsers. */
export class PublishSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: browserPublishLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  readonly #take: TakePublisher;
  /** Whose each connection is. */
  readonly #ips = new Map<WebSocket, string>();
  /** Those over which nothing was said yet, oldest first. */
  readonly #silent = new Set<WebSocket>();

  constructor(take: TakePublisher) {
    this.#take = take;
  }

  /** Goes on with a request whose signature holds, if it can be. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Upgrade {
    const from = readBrowserPublish(request.url ?? '');
    if (!from) return 'unknown';
    if (!this.#makeRoom(from.ip)) return 'full';
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      this.#count(connection, from.ip);
      this.#take(asSocket(connection), from);
    });
    return 'taken';
  }

  /** Anybody may connect: no address may take all places, nor those who never say a stream key. */
  #makeRoom(ip: string): boolean {
    const { socketsMax, socketsPerIpMax } = browserPublishLimits;
    const ips = [...this.#ips.values()];
    if (ips.filter((one) => one === ip).length >= socketsPerIpMax) return false;
    if (ips.length < socketsMax) return true;
    const [oldest] = this.#silent;
    if (!oldest) return false;
    this.#forget(oldest);
    oldest.terminate();
    return true;
  }

  #count(connection: WebSocket, ip: string): void {
    this.#ips.set(connection, ip);
    this.#silent.add(connection);
    connection.once('message', () => this.#silent.delete(connection));
    connection.once('close', () => this.#forget(connection));
  }

  #forget(connection: WebSocket): void {
    this.#ips.delete(connection);
    this.#silent.delete(connection);
  }

  close(): void {
    for (const connection of this.#server.clients) connection.terminate();
    this.#server.close();
  }
}

const refusals = Object.freeze({
  unauthorized: '401 Unauthorized',
  unknown: '404 Not Found',
  full: '503 Service Unavailable',
});

/** Answers a request that does not become a connection. */
export function refuseUpgrade(socket: Duplex, why: 'unauthorized' | Exclude<Upgrade, 'taken'>): void {
  // Nobody else does: the server has let go of it, and a client may keep its side open for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusals[why]}\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function asSocket(connection: WebSocket): PublishSocket {
  // Its message says no more than the close that follows.
  connection.on('error', () => connection.terminate());
  return {
    onText: (take) =>
      void connection.on('message', (data: Buffer, isBinary) => {
        if (!isBinary) take(data.toString());
      }),
    onBytes: (take) =>
      void connection.on('message', (data: Buffer, isBinary) => {
        if (isBinary) take(data);
      }),
    onClose: (take) => void connection.on('close', take),
    send: (text) => connection.send(text, () => {}),
    close: (code) => {
      if (connection.isPaused) connection.resume();
      connection.close(code);
      const timer = setTimeout(() => connection.terminate(), ingestLimits.closeMsMax);
      connection.once('close', () => clearTimeout(timer));
    },
    pause: (isPaused) => {
      if (isPaused) connection.pause();
      else connection.resume();
    },
  };
}
