import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  type BroadcastReport,
  controlPaths,
  type HeartbeatAnswer,
  type PublishAnswer,
  type PublishQuestion,
  type ReplayReport,
} from '#shared/wire/control.ts';

/** A control plane for one origin, which knows a broadcast for each stream key; signatures are not looked at. */
export class ControlDouble {
  readonly #server: Server;
  readonly #broadcasts: ReadonlyMap<string, string>;
  readonly #asked = new Set<string>();
  /** Newest report of each broadcast. */
  readonly reports = new Map<string, BroadcastReport>();
  readonly replays = new Map<string, ReplayReport>();
  reconnectWindowMs = 60_000;

  constructor(server: Server, broadcasts: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#broadcasts = broadcasts;
    server.on('request', async (request, response) => {
      const answer = this.#answer(request.url ?? '', await json(request));
      if (answer === null) response.writeHead(204).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }

  /** @param broadcasts ids by stream key */
  static async start(broadcasts: ReadonlyMap<string, string>): Promise<ControlDouble> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ControlDouble(server, broadcasts);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #answer(path: string, message: unknown): PublishAnswer | HeartbeatAnswer | null {
    if (path === controlPaths.publish) return this.#publish(message as PublishQuestion);
    if (path === controlPaths.heartbeat) return { end: [], forget: [] };
    if (path === controlPaths.broadcast) keep(this.reports, message as BroadcastReport);
    if (path === controlPaths.replay) keep(this.replays, message as ReplayReport);
    return null;
  }

  #publish({ streamKey }: PublishQuestion): PublishAnswer {
    const broadcast = this.#broadcasts.get(streamKey);
    if (!broadcast) return { accepted: false, code: 'unknown_key', sentence: 'Nobody has this key.' };
    const resumed = this.#asked.has(broadcast);
    this.#asked.add(broadcast);
    const { reconnectWindowMs } = this;
    const wishes = { latency: 'low', reconnectWindowMs, slate: false } as const;
    return { accepted: true, channel: `of-${streamKey}`, broadcast, resumed, ...wishes };
  }
}

function keep<R extends { readonly broadcast: string }>(reports: Map<string, R>, report: R): void {
  reports.set(report.broadcast, report);
}
