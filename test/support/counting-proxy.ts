import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that reached the origin. */
export interface CountedRequest {
  /** Path and query. */
  readonly target: string;
  /** How often the same target was asked for before. */
  readonly repeat: number;
  /** What was done to it. */
  readonly fault: Fault;
  status: number | null;
  sizeBytes: number;
  /** Place of its beginning and of its end in the order of all of them; null: it has not ended. */
  readonly beganAt: number;
  endedAt: number | null;
}

/** `error`: a 500; `reset`: the connection is dropped; `hang`: no answer at all; `cut`: half of the body. */
export type Fault = 'none' | 'error' | 'reset' | 'hang' | 'cut';

export interface CountingProxy {
  readonly url: string;
  readonly requests: CountedRequest[];
  /** Where requests go; set once the origin's port is known. */
  target: string;
  /** Chooses what is done to a request; nothing, to begin with. */
  fault: (request: Pick<CountedRequest, 'target' | 'repeat'>) => Fault;
  /** Breaks every connection that is open. */
  drop(): void;
  close(): Promise<void>;
}

/** Stands between PoPs and the origin, writes down every request, and does harm when it is told to. */
export async function startCountingProxy(): Promise<CountingProxy> {
  const requests: CountedRequest[] = [];
  const repeats = new Map<string, number>();
  let moment = 0;
  const server = createServer((incoming, outgoing) => {
    const target = incoming.url ?? '';
    const repeat = repeats.get(target) ?? 0;
    repeats.set(target, repeat + 1);
    const fault = proxy.fault({ target, repeat });
    const entry = { target, repeat, fault, status: null, sizeBytes: 0, beganAt: moment++, endedAt: null };
    requests.push(entry);
    outgoing.on('close', () => Object.assign(entry, { endedAt: moment++ }));
    if (fault === 'none' || fault === 'cut') pass(new URL(target, proxy.target), entry, incoming, outgoing);
    else if (fault === 'error') outgoing.writeHead(500).end();
    else if (fault === 'reset') outgoing.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    target: '',
    fault: () => 'none',
    drop: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}

function pass(url: URL, entry: CountedRequest, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', headers } = incoming;
  const upstream = httpRequest(url, { method, headers }, (answer) => {
    entry.status = answer.statusCode ?? 0;
    outgoing.writeHead(entry.status, answer.headers);
    answer.on('data', (bytes: Buffer) => {
      entry.sizeBytes += bytes.length;
    });
    if (entry.fault === 'cut') answer.once('data', (bytes: Buffer) => cut(outgoing, bytes));
    else answer.pipe(outgoing);
  });
  upstream.on('error', () => outgoing.destroy());
  outgoing.on('close', () => upstream.destroy());
  incoming.pipe(upstream);
}

function cut(outgoing: ServerResponse, bytes: Buffer): void {
  outgoing.write(bytes.subarray(0, bytes.length / 2), () => outgoing.destroy());
}

/** Does `fault` to a share of requests: always to the same ones, whatever their order. */
export function seededFault(fault: Fault, share: number, seed: number): CountingProxy['fault'] {
  return ({ target, repeat }) => {
    // The broadcast's id is new in each run.
    let hash = seed;
    for (const character of `${target.replace(/^\/b\/[^/]+/, '')}#${repeat}`) {
      hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
    }
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32 < share ? fault : 'none';
  };
}
