import { runLimits } from '../limits.ts';
import type { Probe } from './observation.ts';
import type { Prober } from './prober.ts';
import { added } from './query-probes.ts';

/** What a manifest says about steering, in HLS and DASH alike. */
export interface SteeringServer {
  readonly url: string;
  readonly pathway: string | null;
}

/** Asks a steering server as a player does, as another viewer, and where it says to ask the next time. */
export async function probeSteering(prober: Prober, { url, pathway }: SteeringServer, kind: 'HLS' | 'DASH') {
  const report: [string, string][] = [[`_${kind}_throughput`, '5000000']];
  if (pathway !== null) report.unshift([`_${kind}_pathway`, pathway]);
  const ask = (target: string, more = {}) =>
    prober.ask('steering', added(target, report), { ...more, textBytesMax: runLimits.steeringBytesMax });
  if (!/^https?:/.test(url)) return;
  const first = await ask(url);
  await ask(url, { headers: { 'user-agent': 'another viewer', cookie: 'viewer=2' }, against: first.exchange });
  const next = reloadUrl(first);
  if (next !== null && next !== url) await ask(next);
}

function reloadUrl({ text, exchange }: Probe): string | null {
  try {
    const uri: unknown = JSON.parse(text)?.['RELOAD-URI'];
    return typeof uri === 'string' ? (URL.parse(uri, exchange.finalUrl)?.href ?? null) : null;
  } catch {
    return null; // no JSON: the check says so
  }
}
