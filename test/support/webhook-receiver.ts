import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that came. */
export interface ReceivedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server of somebody who wants to be told; answers as it is told to. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** What the next requests are answered with, the last of them for good; null: never answered. */
  answers: (number | null)[] = [204];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.received.push({ headers: flat(request.headers), body: Buffer.concat(chunks).toString() });
      const status = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (status) response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end('a body nobody reads');
    });
  });

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/hook`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
