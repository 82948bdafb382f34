import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { runLimits } from '../limits.ts';
import type { Answer, Exchange, Purpose } from './exchange.ts';

export interface Ask {
  readonly purpose: Purpose;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A page that no server knows; answers must let it read them. */
const origin = 'https://conformance.invalid';

/** One connection pool for the whole run; keeps every exchange. Failures are answers with status 0, never throws. */
export class Client {
  readonly exchanges: Exchange[] = [];
  receivedBytes = 0;
  readonly #clock: Clock;
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: runLimits.socketsMax });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: runLimits.socketsMax });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks, follows redirects and reads the whole body. */
  async ask(url: string, ask: Ask): Promise<Answer> {
    const startedAtMs = this.#clock.nowMs();
    let at = url;
    for (let redirects = 0; ; redirects++) {
      const { head, body } = await this.#once(at, ask, startedAtMs);
      const target = redirectOf(head, at);
      if (target !== null && redirects < runLimits.redirectsMax) {
        at = target;
        continue;
      }
      const exchange: Exchange = { ...head, url, finalUrl: at, redirects };
      this.exchanges.push(exchange);
      this.receivedBytes += exchange.sizeBytes;
      return { exchange, body };
    }
  }

  /** Ends what is under way and closes the connections. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #once(url: string, ask: Ask, requestedAtMs: number): Promise<{ head: Exchange; body: Buffer }> {
    const clock = this.#clock;
    const { purpose, method = 'GET', timeoutMs = runLimits.answerMsMax } = ask;
    const times = { requestedAtMs, headersAtMs: 0, firstByteAtMs: 0 };
    const end = (status: number, headers: Record<string, string>, raw: Buffer, error: string | null) => {
      const body = decoded(raw, headers['content-encoding']);
      const digest = createHash('sha256').update(body).digest('hex');
      const now = clock.nowMs();
      const head: Exchange = {
        ...{ purpose, method, url, finalUrl: url, redirects: 0, status, headers, digest, error },
        ...{ sizeBytes: body.length, requestedAtMs, headersAtMs: times.headersAtMs || now },
        ...{ firstByteAtMs: times.firstByteAtMs || now, endedAtMs: now },
      };
      return { head, body };
    };
    if (this.exchanges.length >= runLimits.requestsMax) {
      return Promise.resolve(end(0, {}, Buffer.alloc(0), `the run's ${runLimits.requestsMax} requests are used up`));
    }
    return new Promise((resolve) => {
      const secure = url.startsWith('https:');
      const send = secure ? httpsRequest : httpRequest;
      const agent = secure ? this.#https : this.#http;
      const headers = { 'accept-encoding': 'identity', origin, 'user-agent': 'headwater-conformance', ...ask.headers };
      const request = send(url, { method, agent, headers });
      const callOff = clock.after(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      const settle = (status: number, seen: Record<string, string>, body: Buffer, error: string | null) => {
        callOff();
        resolve(end(status, seen, body, error));
      };
      request.on('error', (error) => settle(0, {}, Buffer.alloc(0), error.message || String(error)));
      request.on('response', (response) => {
        times.headersAtMs = clock.nowMs();
        readBody(response, () => {
          times.firstByteAtMs ||= clock.nowMs();
        }).then(
          (body) => settle(response.statusCode ?? 0, flatHeaders(response), body, null),
          (error: Error) => settle(0, flatHeaders(response), Buffer.alloc(0), error.message),
        );
      });
      request.end();
    });
  }
}

async function readBody(response: IncomingMessage, onBytes: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onBytes();
    size += chunk.length;
    if (size > runLimits.bodyBytesMax) throw new Error(`a body of more than ${runLimits.bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(response: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function redirectOf({ status, headers }: Exchange, from: string): string | null {
  if (![301, 302, 303, 307, 308].includes(status)) return null;
  const target = URL.parse(headers.location ?? '', from);
  return target && /^https?:$/.test(target.protocol) ? target.href : null;
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: runLimits.bodyBytesMax };
  try {
    if (encoding === 'gzip') return gunzipSync(body, limit);
    if (encoding === 'br') return brotliDecompressSync(body, limit);
    if (encoding === 'deflate') return inflateSync(body, limit);
  } catch {
    return body; // what it is will show when it is read
  }
  return body;
}
