import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that reached the origin. */
export interface CountedRequest {
  /** Path and query. */
  readonly target: string;
  status: number | null;
  sizeBytes: number;
}

export interface CountingProxy {
  readonly url: string;
  readonly requests: CountedRequest[];
  /** Where requests go; set once the origin's port is known. */
  target: string;
  close(): Promise<void>;
}

/** Stands between PoPs and the origin and writes down every request. */
export async function startCountingProxy(): Promise<CountingProxy> {
  const requests: CountedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const entry: CountedRequest = { target: incoming.url ?? '', status: null, sizeBytes: 0 };
    requests.push(entry);
    const { method, headers } = incoming;
    const upstream = httpRequest(
      new URL(entry.target, proxy.target),
      { method: method ?? 'GET', headers },
      (answer) => {
        entry.status = answer.statusCode ?? 0;
        outgoing.writeHead(entry.status, answer.headers);
        answer.on('data', (bytes: Buffer) => {
          entry.sizeBytes += bytes.length;
        });
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    target: '',
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
