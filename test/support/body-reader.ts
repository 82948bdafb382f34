import type { ClientRequest, IncomingMessage } from 'node:http';
import { pollUntil } from './poll.ts';

/** A response whose body is read as it comes. */
export class BodyReader {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;
  /** `broken`: the connection ended before the body did. */
  ended: 'whole' | 'broken' | null = null;

  constructor(request: ClientRequest, response: IncomingMessage) {
    this.request = request;
    this.response = response;
    response.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#sizeBytes += bytes.length;
    });
    response.on('end', () => {
      this.ended = 'whole';
    });
    response.on('error', () => {
      this.ended = 'broken';
    });
  }

  /** What has come so far. */
  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Resolves when exactly these bytes have come. */
  holds(bytes: Buffer): Promise<void> {
    return pollUntil(() => this.#sizeBytes === bytes.length && this.body.equals(bytes), `${bytes.length} bytes`);
  }

  /** Resolves when the body is over. */
  over(how: 'whole' | 'broken'): Promise<void> {
    return pollUntil(() => this.ended === how, `the body to be ${how}`);
  }
}
