import type { MediaPlaylist } from '../hls/model.ts';
import type { Exchange } from '../http/exchange.ts';
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
}

/** A time or a short message; never media. */
const textBytesMax = 256;

/** Sends single requests that look for one behaviour each, and keeps what came back. */
export class Prober {
  readonly probes: Probe[] = [];
  readonly #context: RunContext;

  constructor(context: RunContext) {
    this.#context = context;
  }

  async ask(name: ProbeName, url: string, ask: ProbeAsk = {}): Promise<Probe> {
    const { method = 'GET', headers = {}, timeoutMs, before = null, msn = null, part = null, against = null } = ask;
    const { exchange, body } = await this.#context.client.ask(url, {
      ...{ purpose: 'probe' as const, method, headers },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    const playlist = before ? readAnswer(exchange, body) : null;
    const text = body.length <= textBytesMax ? body.toString('utf8') : '';
    const probe = { name, exchange, playlist, before, msn, part, against, ageMs: ask.ageMs ?? 0, text };
    this.probes.push(probe);
    return probe;
  }
}

/** The same place with a name that no server gave. */
export function missingSibling(url: string): string {
  const sibling = new URL(url);
  const extension = /\.[a-z0-9]+$/i.exec(sibling.pathname)?.[0] ?? '';
  sibling.pathname = sibling.pathname.replace(/[^/]*$/, `conformance-missing${extension}`);
  return sibling.href;
}
