import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What happens to one request to a bucket. */
export type S3Fault =
  | 'none'
  /** InternalError. */
  | '500'
  /** SlowDown. */
  | '503'
  /** RequestTimeTooSkewed. */
  | '403'
  /** SignatureDoesNotMatch. */
  | 'wrong-secret'
  /** No answer ever. */
  | 'stall'
  /** The bucket gets half of the body, and the connection breaks. */
  | 'cut-request'
  /** The client gets half of the body, and the connection breaks. */
  | 'cut-response'
  /** The bucket does as it was told, and nobody hears of it. */
  | 'lost-ack'
  /** What was put is acknowledged and not stored. */
  | 'lie'
  /** A kilobyte a second, either way. */
  | 'slow';

export interface FaultyBucket {
  /** Base URL that stands for the bucket's. */
  readonly endpoint: string;
  /** Requests that were seen, with what happened to each: `PUT /media/b/… 503`. */
  readonly seen: string[];
  /** Hashes (SHA-256) of what the bucket acknowledged, whoever heard of it, by path: `/media/b/…`. */
  readonly stored: ReadonlyMap<string, string>;
  /** Decides on a request, its number from 0. */
  decide: (method: string, path: string, index: number) => S3Fault;
  close(): Promise<void>;
}

const errors: Readonly<Record<string, readonly [number, string]>> = {
  '500': [500, 'InternalError'],
  '503': [503, 'SlowDown'],
  '403': [403, 'RequestTimeTooSkewed'],
  'wrong-secret': [403, 'SignatureDoesNotMatch'],
};

/** An HTTP server in front of a bucket that does harm to chosen requests; it hands on the Host that was signed. */
export async function startFaultyBucket(target: string): Promise<FaultyBucket> {
  const { hostname, port } = new URL(target);
  let count = 0;
  const stored = new Map<string, string>();
  const bucket: { decide: FaultyBucket['decide']; seen: string[] } = { decide: () => 'none', seen: [] };
  const server = createServer((incoming, outgoing) => {
    const fault = bucket.decide(incoming.method ?? '', incoming.url ?? '', count++);
    bucket.seen.push(`${incoming.method} ${incoming.url} ${fault}`);
    const refusal = errors[fault];
    if (refusal) refuse(incoming, outgoing, refusal);
    else if (fault === 'stall') incoming.resume();
    else if (fault === 'lie') lie(incoming, outgoing);
    else forward(incoming, outgoing, { hostname, port, stored }, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(bucket, {
    stored,
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

function lie(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const hash = createHash('md5');
  incoming.on('data', (piece: Buffer) => hash.update(piece));
  incoming.on('end', () => outgoing.writeHead(200, { etag: `"${hash.digest('hex')}"` }).end());
}

const trickleMs = 1_000;

/** Hands pieces on, a kilobyte a second. */
async function* trickle(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += 1_024) {
    await new Promise((resolve) => setTimeout(resolve, trickleMs));
    yield body.subarray(at, at + 1_024);
  }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { stored, ...target }: { readonly hostname: string; readonly port: string; readonly stored: Map<string, string> },
  fault: S3Fault,
): void {
  const { method, url = '', headers } = incoming;
  const pieces: Buffer[] = [];
  incoming.on('data', (piece: Buffer) => pieces.push(piece));
  incoming.on('end', () => {
    const body = Buffer.concat(pieces);
    const onward = request({ ...target, method, path: url, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      const isStored = method === 'PUT' && answer.statusCode === 200;
      if (isStored) stored.set(url.split('?')[0] ?? '', createHash('sha256').update(body).digest('hex'));
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', () => outgoing.destroy());
      answer.on('end', () => {
        if (fault === 'lost-ack') outgoing.destroy();
        else reply(outgoing, answer, Buffer.concat(parts), fault);
      });
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    if (fault === 'slow') void pipeline(trickle(body), onward).catch(() => {});
    else if (fault !== 'cut-request') onward.end(body);
    else onward.write(body.subarray(0, body.length / 2), () => onward.destroy());
  });
}

function reply(outgoing: ServerResponse, answer: IncomingMessage, body: Buffer, fault: S3Fault): void {
  if (fault === 'slow') {
    outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': body.length });
    void pipeline(trickle(body), outgoing).catch(() => {});
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, 'content-length': body.length });
  if (fault !== 'cut-response') outgoing.end(body);
  else outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
}
