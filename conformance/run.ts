import { type Clock, systemClock } from './clock.ts';
import { Client } from './http/client.ts';
import type { Exchange } from './http/exchange.ts';
import { CarrierLog } from './observe/carrier-log.ts';
import { observeDash } from './observe/observe-dash.ts';
import { observeHls } from './observe/observe-hls.ts';
import { judgeAll, type Result } from './report/judge.ts';
import type { Verdict } from './rules/check.ts';

export interface RunOptions {
  readonly url: string;
  readonly durationS: number;
  readonly clock?: Clock;
}

/** The outcome of a run. */
export interface Report {
  readonly url: string;
  readonly kind: 'hls' | 'dash';
  readonly startedAt: string;
  readonly durationS: number;
  readonly requests: number;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly results: readonly Result[];
}

/** Nothing at the URL that could be judged. */
export class UnreachableError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'UnreachableError';
  }
}

/**
 * Watches a stream for so many seconds and judges it.
 * @throws {UnreachableError} where the URL has no HLS playlist and no MPD
 */
export async function runConformance({ url, durationS, clock = systemClock }: RunOptions): Promise<Report> {
  const client = new Client(clock);
  try {
    const startMs = clock.nowMs();
    const context = { client, clock, deadlineMs: startMs + durationS * 1000, carriers: new CarrierLog() };
    const entry = await client.ask(url, { purpose: 'entry' });
    const kind = kindOf(entry.exchange, entry.body);
    const observation = await (kind === 'hls' ? observeHls(context, entry) : observeDash(context, entry));
    const results = judgeAll(observation);
    const counts = { pass: 0, fail: 0, warn: 0, 'not-applicable': 0 };
    for (const { verdict } of results) counts[verdict]++;
    return {
      ...{ url, kind, startedAt: new Date(startMs).toISOString(), durationS: (clock.nowMs() - startMs) / 1000 },
      ...{ requests: client.exchanges.length, counts, results },
    };
  } finally {
    client.close();
  }
}

function kindOf(exchange: Exchange, body: Buffer): 'hls' | 'dash' {
  const { status, error, url } = exchange;
  if (status === 0) throw new UnreachableError(`${url} does not answer: ${error ?? 'no reason given'}.`);
  if (status !== 200) throw new UnreachableError(`${url} answers ${status}.`);
  const text = body.toString('utf8', 0, 4_096).trimStart();
  if (/^\uFEFF?#EXTM3U/.test(text)) return 'hls';
  if (/<(?:\w+:)?MPD[\s>]/.test(text)) return 'dash';
  throw new UnreachableError(`${url} is neither an HLS playlist nor an MPD.`);
}
