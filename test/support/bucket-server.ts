import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Options } from '../../origin/store/s3-store.ts';

/** A bucket whose every fault a test decides, as far as reads need one: path style, signatures not checked. */
export class BucketServer {
  readonly #server: Server;
  readonly #objects = new Map<string, string>();
  /** Keys that were asked for. */
  readonly asked: string[] = [];
  /** `hang`: takes requests and never answers; a number: answers with this status. */
  fault: 'hang' | number | null = null;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const key = (request.url ?? '').replace(/^\/media\//, '').split('?')[0] ?? '';
      this.asked.push(key);
      if (this.fault !== 'hang') this.#answer(key, response);
    });
  }

  static async start(): Promise<BucketServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new BucketServer(server);
  }

  get options(): S3Options {
    const endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: 'id', secretAccessKey: 'secret' };
    return { bucket: 'media', region: 'auto', endpoint, forcePathStyle: true, ...keys };
  }

  put(key: string, body: string): void {
    this.#objects.set(key, body);
  }

  /** How often a key was asked for. */
  count(key: string): number {
    return this.asked.filter((one) => one === key).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(key: string, response: ServerResponse): void {
    const body = this.#objects.get(key);
    if (this.fault !== null) response.writeHead(Number(this.fault)).end('<Error><Code>InternalError</Code></Error>');
    else if (body === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body);
  }
}
