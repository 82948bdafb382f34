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
    for (let attempt = 1; ; attempt++) {
      const { exchange: first } = await this.#send(plain, ask);
      const answer = await this.#send(other, ask);
      const { exchange: last } = await this.#send(plain, ask);
      const isStill = first.status === last.status && first.digest === last.digest;
      const isSame = [first, last].some((one) => isAlike(one, answer.exchange));
      const isRefused = first.status === 200 && last.status === 200 && answer.exchange.status !== 200;
      const isOver = attempt === runLimits.stillAttemptsMax;
      if (!isStill && !isSame && !isRefused && !isOver) continue;
      const against = isAlike(first, answer.exchange) ? first : last;
      this.#keep(name, answer, isStill || isSame || isRefused ? { ...ask, against } : ask);
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
