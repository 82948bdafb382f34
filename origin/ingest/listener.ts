import type { Server, Socket } from 'node:net';
import NodeMediaServer from 'node-media-server';
import logger from 'node-media-server/src/core/logger.js';
import type { IngestLimits } from './ingest-limits.ts';
import { IngestSession, type SessionOutlet } from './session.ts';

export interface ListenerOptions {
  readonly bind: string;
  readonly port: number;
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
    this.#server.on('connection', (socket) => this.#open(socket));
  }

  /** Resolves with the port; rejects with the system's error. */
  listen(): Promise<number> {
    const { bind, port } = this.#options;
    return new Promise((resolve, reject) => {
      // Stays for good: a socket that could not be accepted later is an 'error' too, and no reason to end.
      this.#server.on('error', reject);
      this.#server.listen({ host: bind, port }, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  session(session: number): IngestSession | undefined {
    return this.#sessions.get(session);
  }

  close(): void {
    this.#server.close();
    for (const session of this.#sessions.values()) session.destroy();
  }

  #open(socket: Socket): void {
    const ip = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const connections = (this.#connectionsOfIp.get(ip) ?? 0) + 1;
    const number = ++this.#lastSession;
    const outlet = this.#options.outlet(number);
    if (connections > this.#options.limits.connectionsPerIpMax) {
      outlet.dropped('connections_per_ip', ip);
      socket.destroy();
      return;
    }
    this.#connectionsOfIp.set(ip, connections);
    socket.setNoDelay(true);
    socket.on('close', () => this.#closed(number, ip));
    this.#sessions.set(number, new IngestSession(socket, ip, this.#options.limits, outlet));
  }

  #closed(session: number, ip: string): void {
    this.#sessions.delete(session);
    const connections = (this.#connectionsOfIp.get(ip) ?? 1) - 1;
    if (connections > 0) this.#connectionsOfIp.set(ip, connections);
    else this.#connectionsOfIp.delete(ip);
  }
}
