import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { cliLimits } from '#shared/limits/cli.ts';
import { CliError } from '../cli-error.ts';

/** A delivery as it came, its signature checked. */
export interface Received {
  /** `webhook-id`, the same each time an event is sent. */
  readonly id: string;
  /** The body as JSON. */
  readonly event: unknown;
  /** The body as it came: what is signed. */
  readonly body: string;
  /** The headers of Standard Webhooks 1.0 with the type of the body, as they came. */
  readonly headers: Readonly<Record<string, string>>;
}

interface ReceiverOptions {
  /** Loopback port; 0: a free one. */
  readonly port: number;
  /** Takes one delivery and says with what status it is answered. */
  readonly take: (received: Received) => Promise<number>;
  /** Somebody sent what is not signed by this webhook. */
  readonly refuse: (why: string) => void;
}

/** A server on loopback that takes what is signed by one webhook, one delivery at a time. */
export interface Receiver {
  /** Base URL. */
  readonly url: string;
  /** Whose signatures are taken from now on: `whsec_…`. Before that everything is refused. */
  trust(secret: string): void;
  close(): Promise<void>;
}

const handedOn = ['content-type', 'user-agent', 'webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** Starts a receiver; throws `port_taken`. */
export async function startReceiver({ port, take, refuse }: ReceiverOptions): Promise<Receiver> {
  let webhook: Webhook | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = headersOf(request);
    const body = request.method === 'POST' ? await bodyOf(request) : null;
    if (body === null) return void response.writeHead(request.method === 'POST' ? 413 : 405).end();
    const event = verified(webhook, body, headers, refuse);
    if (event === undefined) return void response.writeHead(401).end();
    const turn = last.then(() => take({ id: headers['webhook-id'] ?? '', event, body, headers }));
    last = turn.catch(() => {});
    response.writeHead(await turn).end();
  };
  const server = createServer((request, response) => {
    // A connection that is kept would hold up the end.
    response.setHeader('connection', 'close');
    answer(request, response).catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (cause: NodeJS.ErrnoException) => reject(portTaken(port, cause)));
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trust(secret) {
      webhook = new Webhook(secret);
    },
    close() {
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** The event of a body; undefined where the signature is not right. */
function verified(
  webhook: Webhook | null,
  body: string,
  headers: Readonly<Record<string, string>>,
  refuse: (why: string) => void,
): unknown {
  if (webhook === null) return undefined;
  try {
    return webhook.verify(body, { ...headers });
  } catch (error) {
    refuse((error as Error).message);
    return undefined;
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    handedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

/** Null for one that is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += (chunk as Buffer).byteLength;
    if (sizeBytes <= cliLimits.deliveryBytesMax) chunks.push(chunk as Buffer);
  }
  return sizeBytes > cliLimits.deliveryBytesMax ? null : Buffer.concat(chunks).toString('utf8');
}

function portTaken(port: number, cause: NodeJS.ErrnoException): CliError {
  const message = `Port ${port} of this machine cannot be listened on (${cause.code}).`;
  return new CliError('port_taken', message, 'Name another one with --port.', { cause });
}
