import type { Exchange } from '../http/exchange.ts';
import { missingSibling, type Prober } from './prober.ts';
import { probeObjectQuery } from './query-probes.ts';

/** How a server answers HEAD, Range, Authorization and a second viewer for one stored object. */
export async function probeObject(prober: Prober, url: string, against: Exchange): Promise<void> {
  const last = Math.min(99, against.sizeBytes - 1);
  const range = (value: string) => ({ headers: { range: value }, against });
  await prober.ask('head', url, { method: 'HEAD', against });
  await prober.ask('range', url, range(`bytes=0-${last}`));
  await prober.ask('range-past-end', url, range(`bytes=${against.sizeBytes + 10}-`));
  await prober.ask('range-open', url, range(`bytes=0-${Number.MAX_SAFE_INTEGER}`));
  await prober.ask('twin', url, { headers: { 'user-agent': 'another viewer', cookie: 'viewer=2' }, against });
  await prober.ask('authorization', url, { headers: { authorization: 'Bearer conformance' }, against });
  await prober.ask('missing-media', missingSibling(url), { against });
  await probeObjectQuery(prober, url, against);
}

/** Asks for that object once more, some time later: whether its Age goes with the clock. */
export async function probeAgain(prober: Prober): Promise<void> {
  const twin = prober.probes.find(({ name, exchange }) => name === 'twin' && exchange.status === 200);
  if (twin) await prober.ask('again', twin.exchange.url, { against: twin.exchange });
}
