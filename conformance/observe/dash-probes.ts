import type { DashSegment, Representation, UtcTiming } from '../dash/model.ts';
import { sendCrowd } from './crowd-probes.ts';
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

/** Several viewers at once who ask for the segment after the last one listed. */
export function probeNextSegment(prober: Prober, newestLead: () => Lead | null): Promise<void> {
  return sendCrowd(() => {
    const lead = newestLead();
    const urlFor = lead?.representation.urlFor;
    if (!lead || !urlFor) return null;
    const { number, startTicks, durationTicks } = lead.last;
    const url = urlFor(number + 1, startTicks + durationTicks);
    return () => prober.ask('next-segment', url, { msn: number + 1 });
  });
}

/** A representation and the newest segment that it lists. */
export interface Lead {
  readonly representation: Representation;
  readonly last: DashSegment;
}
