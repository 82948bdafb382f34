import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that knows nothing of us: plain HTTP, counted requests, answers by path or by path with query. */
export class ForeignServer {
  readonly seen: { readonly target: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #server = createServer((request, response) => {
    const target = request.url ?? '';
    this.seen.push({ target, headers: request.headers });
    const handler = this.#handlers.get(target) ?? this.#handlers.get(target.split('?')[0] ?? '');
    if (handler) handler(request, response);
    else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>not here</h1>');
  });

  static async start(): Promise<ForeignServer> {
    const server = new ForeignServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:<port>` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  count(target: string): number {
    return this.seen.filter((request) => request.target === target).length;
  }

  on(target: string, handler: Handler): void {
    this.#handlers.set(target, handler);
  }

  put(target: string, body: string | Uint8Array, headers: Record<string, string> = {}): void {
    this.on(target, (_, response) => response.writeHead(200, headers).end(body));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
