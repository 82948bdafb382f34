import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that reached the origin. */
export interface CountedRequest {
  /** Path and query. */
  readonly target: string;
  status: number | null;
  sizeBytes: number;
  /** Place of its beginning and of its end in the order of all of them; null: it has not ended. */
  readonly beganAt: number;
  endedAt: number | null;
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
  let moment = 0;
  const server = createServer((incoming, outgoing) => {
    const target = incoming.url ?? '';
    const entry: CountedRequest = { target, status: null, sizeBytes: 0, beganAt: moment++, endedAt: null };
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
    outgoing.on('close', () => {
      entry.endedAt = moment++;
      upstream.destroy();
    });
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
