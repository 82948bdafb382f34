import type { MediaPlaylist } from '../hls/model.ts';
import type { Answer, Exchange } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import type { RunContext } from './context.ts';
import { readAnswer } from './hls-follower.ts';
import type { Probe, ProbeName } from './observation.ts';

export interface ProbeAsk {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly before?: MediaPlaylist | null;
  readonly msn?: number;
  readonly part?: number;
  readonly against?: Exchange;
  readonly ageMs?: number;
  /** Up to this size a body is kept as text. */
  readonly textBytesMax?: number;
}

/** A time or a short message; never media. */
const textBytesMaxDefault = 256;

/** Sends single requests that look for one behaviour each, and keeps what came back. */
export class Prober {
  readonly probes: Probe[] = [];
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
  }

  async ask(name: ProbeName, url: string, ask: ProbeAsk = {}): Promise<Probe> {
    return this.#keep(name, await this.#send(url, ask), ask);
  }

  /**
   * Asks for a manifest in two ways, and keeps the second: between two plain requests that got the same it must get that
   * too. Where the manifest never stands still, what came is compared with nothing.
   */
  async askBothWays(name: ProbeName, plain: string, other: string, ask: ProbeAsk = {}): Promise<void> {
    const { clock } = this.#context;
    const untilMs = clock.nowMs() + runLimits.stillMsMax;
    for (let attempt = 1; ; attempt++) {
      const { exchange: first } = await this.#send(plain, ask);
      const answer = await this.#send(other, ask);
      const { exchange: last } = isAlike(first, answer.exchange) ? { exchange: first } : await this.#send(plain, ask);
      const isTold =
        isAlike(first, last) || isAlike(last, answer.exchange) || isRefused(answer.exchange, [first, last]);
      const isOver = attempt === runLimits.stillAttemptsMax || clock.nowMs() > untilMs;
      if (!isTold && !isOver) continue;
      this.#keep(name, answer, isTold ? { ...ask, against: last } : ask);
      return;
    }
  }

  #send(url: string, { method = 'GET', headers = {}, timeoutMs }: ProbeAsk): Promise<Answer> {
    const limit = timeoutMs === undefined ? {} : { timeoutMs };
    return this.#context.client.ask(url, { purpose: 'probe', method, headers, ...limit });
  }

  #keep(name: ProbeName, { exchange, body }: Answer, ask: ProbeAsk): Probe {
    const { before = null, msn = null, part = null, against = null, ageMs = 0 } = ask;
    const playlist = before ? readAnswer(exchange, body) : null;
    const text = body.length <= (ask.textBytesMax ?? textBytesMaxDefault) ? body.toString('utf8') : '';
    const probe = { name, exchange, playlist, before, msn, part, against, ageMs, text };
    this.probes.push(probe);
    return probe;
  }
}

/** Whether only the other way was not answered. */
function isRefused(other: Exchange, plain: readonly Exchange[]): boolean {
  return other.status !== 200 && plain.every(({ status }) => status === 200);
}

function isAlike(a: Exchange, b: Exchange): boolean {
  return a.status === b.status && a.digest === b.digest;
}

/** The same place with a name that no server gave. */
export function missingSibling(url: string): string {
  const sibling = new URL(url);
  const extension = /\.[a-z0-9]+$/i.exec(sibling.pathname)?.[0] ?? '';
  sibling.pathname = sibling.pathname.replace(/[^/]*$/, `conformance-missing${extension}`);
  return sibling.href;
}
