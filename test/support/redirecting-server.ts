import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that sends everybody on to another one, which counts who comes. */
export interface Redirecting {
  readonly url: string;
  /** Where it leads to. */
  readonly target: string;
  /** Method, path and headers of what arrived there. */
  readonly followed: readonly string[];
  stop(): Promise<void>;
}

/** @param status of the redirects */
export async function startRedirecting(status: number): Promise<Redirecting> {
  const followed: string[] = [];
  const elsewhere = await listen((request) => void followed.push(`${request.method} ${request.url}`));
  const lead = await listen(() => {}, [status, elsewhere.url]);
  return {
    ...{ url: lead.url, target: elsewhere.url, followed },
    async stop() {
      await Promise.all([elsewhere.stop(), lead.stop()]);
    },
  };
}

async function listen(note: (request: IncomingMessage) => void, redirect?: readonly [status: number, base: string]) {
  const server: Server = createServer((request, response) => {
    note(request);
    request.resume();
    if (redirect) response.writeHead(redirect[0], { location: `${redirect[1]}${request.url}` }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"accepted":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
