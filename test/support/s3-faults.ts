import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request to a bucket. */
export type S3Fault =
  | 'none'
  /** InternalError. */
  | '500'
  /** SlowDown. */
  | '503'
  /** RequestTimeTooSkewed. */
  | '403'
  /** No answer ever. */
  | 'stall'
  /** The bucket gets half of the body, and the connection breaks. */
  | 'cut-request'
  /** The client gets half of the body, and the connection breaks. */
  | 'cut-response'
  /** The bucket does as it was told, and nobody hears of it. */
  | 'lost-ack';

export interface FaultyBucket {
  /** Base URL that stands for the bucket's. */
  readonly endpoint: string;
  /** Requests that were seen, with what happened to each: `PUT /media/b/… 503`. */
  readonly seen: string[];
  /** Decides on a request, its number from 0. */
  decide: (method: string, path: string, index: number) => S3Fault;
  close(): Promise<void>;
}

const errors: Readonly<Record<string, readonly [number, string]>> = {
  '500': [500, 'InternalError'],
  '503': [503, 'SlowDown'],
  '403': [403, 'RequestTimeTooSkewed'],
};

/** An HTTP server in front of a bucket that does harm to chosen requests; it hands on the Host that was signed. */
export async function startFaultyBucket(target: string): Promise<FaultyBucket> {
  const { hostname, port } = new URL(target);
  let count = 0;
  const bucket: { decide: FaultyBucket['decide']; seen: string[] } = { decide: () => 'none', seen: [] };
  const server = createServer((incoming, outgoing) => {
    const fault = bucket.decide(incoming.method ?? '', incoming.url ?? '', count++);
    bucket.seen.push(`${incoming.method} ${incoming.url} ${fault}`);
    const refusal = errors[fault];
    if (refusal) refuse(incoming, outgoing, refusal);
    else if (fault === 'stall') incoming.resume();
    else forward(incoming, outgoing, { hostname, port }, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(bucket, {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, [status, code]: readonly [number, string]): void {
  incoming.resume().on('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: { readonly hostname: string; readonly port: string },
  fault: S3Fault,
): void {
  const { method, url, headers } = incoming;
  const pieces: Buffer[] = [];
  incoming.on('data', (piece: Buffer) => pieces.push(piece));
  incoming.on('end', () => {
    const body = Buffer.concat(pieces);
    const onward = request({ ...target, method, path: url, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', () => outgoing.destroy());
      answer.on('end', () => {
        if (fault === 'lost-ack') outgoing.destroy();
        else reply(outgoing, answer, Buffer.concat(parts), fault);
      });
    });
    onward.on('error', () => outgoing.destroy());
    if (fault !== 'cut-request') onward.end(body);
    else onward.write(body.subarray(0, body.length / 2), () => onward.destroy());
  });
}

function reply(outgoing: ServerResponse, answer: IncomingMessage, body: Buffer, fault: S3Fault): void {
  outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': body.length });
  if (fault !== 'cut-response') outgoing.end(body);
  else outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
}
