import type { ServerResponse } from 'node:http';
import type { LiveSource } from './live-source.ts';
import { waitFor } from './wait-for.ts';

/** Which segment is sent, and until when the next part of it is waited for. */
export interface LiveSegmentJob {
  readonly source: LiveSource;
  readonly rendition: string;
  readonly msn: number;
  /** Ms without a part after which the segment is given up. */
  readonly stallMsMax: number;
  readonly now: () => number;
}

/**
 * Writes a segment in the making, each part when it is announced, and ends the body when the segment is complete: also
 * when its run has died, since what is there then is the segment. A body that cannot be completed breaks off, so that
 * nobody takes it for a whole one.
 */
export async function sendLiveSegment(job: LiveSegmentJob, response: ServerResponse): Promise<void> {
  const { source, rendition, msn, stallMsMax, now } = job;
  let sent = 0;
  let deadlineMs = now() + stallMsMax;
  while (!response.destroyed) {
    const found = source.segment(rendition, msn);
    if (found.kind !== 'open' && found.kind !== 'found') break;
    const fresh = found.parts.slice(sent);
    for (const part of fresh) response.write(part);
    sent += fresh.length;
    if (found.kind === 'found') {
      response.end();
      return;
    }
    if (fresh.length > 0) deadlineMs = now() + stallMsMax;
    const leftMs = deadlineMs - now();
    const changed = source.changed(rendition);
    if (!changed || leftMs <= 0) break;
    await waitFor(changed, leftMs, response);
  }
  response.destroy();
}
