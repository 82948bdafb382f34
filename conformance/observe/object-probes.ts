import type { Exchange } from '../http/exchange.ts';
import { missingSibling, type Prober } from './prober.ts';

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
}
