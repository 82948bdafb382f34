import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that the double got. */
interface Call {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as JSON; null without one. */
  readonly body: unknown;
}

type Answer = (call: Call, response: ServerResponse, bytes: Buffer) => unknown;

/** An API whose every answer a test writes down; what was not written down is a 404 without a problem document. */
export class ApiDouble {
  readonly #server: Server;
  readonly #answers = new Map<string, Answer>();
  readonly calls: Call[] = [];
  /** What is answered to everything else. */
  any: Answer = (_, response) => response.writeHead(404).end();

  constructor(server: Server) {
    this.#server = server;
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const text = bytes.toString();
      const { method = '', url: target = '', headers } = request;
      const call = { method, target, headers, body: parsed(text) };
      this.calls.push(call);
      const answer = this.#answers.get(`${method} ${target}`) ?? this.#answers.get(`${method} ${target.split('?')[0]}`);
      (answer ?? this.any)(call, response, bytes);
    });
  }

  static async start(): Promise<ApiDouble> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ApiDouble(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What each call asked for: `POST /api/v1/links {"channel":"news"}`. */
  get lines(): string[] {
    return this.calls.map(
      ({ method, target, body }) => `${method} ${target}${body === null ? '' : ` ${JSON.stringify(body)}`}`,
    );
  }

  /** Answers `POST /api/v1/links` and the like with JSON; a status of 204 has no body. */
  json(call: string, body: unknown, status = 200): void {
    this.on(call, (_, response) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type }).end(status === 204 ? '' : JSON.stringify(body));
    });
  }

  on(call: string, answer: Answer): void {
    this.#answers.set(call, answer);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
