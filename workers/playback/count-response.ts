import type { CounterName } from '../cache/counters.ts';
import { isolateCounters } from '../cache/counters.ts';

const tiers: Readonly<Record<string, CounterName>> = Object.freeze({
  isolate: 'requests_isolate',
  pop: 'requests_pop',
  shield: 'requests_shield',
  origin: 'requests_origin',
});

/** Counts a playback response: which tier had it, how large it is, whether it is an error. A body in the making counts at its end. */
export function countResponse({ method }: Request, { status, headers }: Response): void {
  isolateCounters.add(tiers[headers.get('headwater-cache') ?? ''] ?? 'requests_own');
  if (status >= 400) isolateCounters.add(status >= 500 ? 'errors_5xx' : 'errors_4xx');
  const sizeBytes = method === 'GET' ? Number(headers.get('content-length') ?? 0) : 0;
  if (sizeBytes > 0) isolateCounters.add('bytes_out', sizeBytes);
}
