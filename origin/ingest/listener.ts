import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import NodeMediaServer from 'node-media-server';
import logger from 'node-media-server/src/core/logger.js';
import type { Certificate, TlsContent } from './frame.ts';
import type { IngestLimits } from './ingest-limits.ts';
import { IngestSession, type SessionOutlet } from './session.ts';

export interface ListenerOptions {
  readonly bind: string;
  readonly port: number;
  readonly tls: TlsContent | null;
  readonly limits: IngestLimits;
  /** Where the news of session `n` go. */
  readonly outlet: (session: number) => SessionOutlet;
}

/**
 * node-media-server with nothing left on but its RTMP parser: not `run()`, so that it opens no store, recorder, relay
 * or HTTP port, and our own connection listener, so that only guarded sessions exist.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #tlsServer: TlsServer | null;
  readonly #sessions = new Map<number, IngestSession>();
  readonly #connectionsOfIp = new Map<string, number>();
  #lastSession = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    // Its messages hold stream names.
    logger.log = () => {};
    // It makes no listener for port 0; the real port is given to listen().
    const port = options.port || 1935;
    const config = { bind: options.bind, rtmp: { port }, webadmin: { enable: false }, record: { auto: false } };
    this.#server = new NodeMediaServer(config).rtmpServer.tcpServer;
    this.#server.removeAllListeners('connection');
    this.#server.maxConnections = options.limits.connectionsMax;
    this.#server.on('connection', (socket) => {
      if (this.#admit(socket)) this.#open(socket);
    });
    this.#tlsServer = options.tls && this.#secured(options.tls);
  }

  /** Resolves with the ports; rejects with the system's error. */
  async listen(): Promise<ListeningPorts> {
    const { bind, port, tls } = this.#options;
    const rtmps = this.#tlsServer && tls ? await listening(this.#tlsServer, bind, tls.port) : null;
    return { port: await listening(this.#server, bind, port), tlsPort: rtmps };
  }

  /** Another certificate for connections to come; throws when it is none. */
  use(certificate: Certificate): void {
    this.#tlsServer?.setSecureContext(contextOf(certificate));
  }

  session(session: number): IngestSession | undefined {
    return this.#sessions.get(session);
  }

  close(): void {
    this.#server.close();
    this.#tlsServer?.close();
    for (const session of this.#sessions.values()) session.destroy();
  }

  #secured(certificate: Certificate): TlsServer {
    const { limits } = this.#options;
    // node-media-server would read the files itself, once; what it brings for TLS beside that is this one line.
    const server = createTlsServer({ ...contextOf(certificate), handshakeTimeout: limits.handshakeMsMax });
    server.maxConnections = limits.connectionsMax;
    // Before the handshake: whoever never ends one is counted too.
    server.on('connection', (socket) => this.#admit(socket));
    server.on('secureConnection', (socket) => this.#open(socket));
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  /** Counts a connection, or ends it when its address has too many. */
  #admit(socket: Socket): boolean {
    const ip = ipOf(socket);
    const connections = (this.#connectionsOfIp.get(ip) ?? 0) + 1;
    if (connections > this.#options.limits.connectionsPerIpMax) {
      this.#options.outlet(++this.#lastSession).dropped('connections_per_ip', ip);
      socket.destroy();
      return false;
    }
    this.#connectionsOfIp.set(ip, connections);
    socket.setNoDelay(true);
    socket.on('close', () => this.#left(ip));
    return true;
  }

  #open(socket: Socket): void {
    const number = ++this.#lastSession;
    socket.on('close', () => this.#sessions.delete(number));
    const { limits, outlet } = this.#options;
    this.#sessions.set(number, new IngestSession(socket, ipOf(socket), limits, outlet(number)));
  }

  #left(ip: string): void {
    const connections = (this.#connectionsOfIp.get(ip) ?? 1) - 1;
    if (connections > 0) this.#connectionsOfIp.set(ip, connections);
    else this.#connectionsOfIp.delete(ip);
  }
}

/** The ports that the system gave. */
export interface ListeningPorts {
  readonly port: number;
  /** Null without RTMPS. */
  readonly tlsPort: number | null;
}

function ipOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function contextOf({ certPem, keyPem }: Certificate) {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' } as const;
}

function listening(server: Server, bind: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Stays for good: a socket that could not be accepted later is an 'error' too, and no reason to end.
    server.on('error', reject);
    server.listen({ host: bind, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
