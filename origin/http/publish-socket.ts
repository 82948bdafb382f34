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

/** Turns requests of PoPs into connections with browsers. */
export class PublishSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: browserPublishLimits.messageBytesMax,
    perMessageDeflate: false,
  });
  readonly #take: TakePublisher;

  constructor(take: TakePublisher) {
    this.#take = take;
  }

  /** Goes on with a request whose signature holds; false when it cannot be. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const from = readBrowserPublish(request.url ?? '');
    if (!from || this.#server.clients.size >= browserPublishLimits.socketsMax) return false;
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#take(asSocket(connection), from));
    return true;
  }

  close(): void {
    for (const connection of this.#server.clients) connection.terminate();
    this.#server.close();
  }
}

/** Answers a request that does not become a connection. */
export function refuseUpgrade(socket: Duplex, status: 401 | 404): void {
  const reason = status === 401 ? 'Unauthorized' : 'Not Found';
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
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
