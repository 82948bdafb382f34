import type { DashSegment, Representation, UtcTiming } from '../dash/model.ts';
import type { Prober } from './prober.ts';

const httpSchemes = /^urn:mpeg:dash:utc:http-(?:iso|xsdate|head):(?:2012|2014)$/;

/** Reads an HTTP clock twice (ISO/IEC 23009-1, 5.8.4.11). */
export async function probeClock(prober: Prober, { scheme, value }: UtcTiming, base: string): Promise<void> {
  if (!httpSchemes.test(scheme)) return;
  const url = URL.parse(value.split(' ')[0] ?? '', base);
  if (!url || !/^https?:$/.test(url.protocol)) return;
  const method = scheme.includes('http-head') ? 'HEAD' : 'GET';
  await prober.ask('clock', url.href, { method });
  await prober.ask('clock', url.href, { method });
}

/** Asks for the segment after the last one listed, and for it again at once. */
export async function probeNextSegment(
  prober: Prober,
  representation: Representation,
  last: DashSegment,
): Promise<void> {
  const { urlFor } = representation;
  if (!urlFor) return;
  const url = urlFor(last.number + 1, last.startTicks + last.durationTicks);
  await prober.ask('next-segment', url, { msn: last.number + 1 });
}
