import type { Mpd, Representation } from '../dash/model.ts';
import { cacheControlSeen, sharedLifetimeS } from '../http/cache-control.ts';
import { tookMs } from '../http/exchange.ts';
import type { DashObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { isOver } from './dash-periods.ts';
import { probesOf } from './seen.ts';

/** When the last segment of a representation ends, ms since the Unix epoch. */
function endMs(
  mpd: Mpd,
  { segments, timescale, presentationTimeOffsetTicks, periodStartS }: Representation,
): number | null {
  const last = segments.at(-1);
  if (!last || mpd.availabilityStartMs === null) return null;
  const ticks = last.startTicks + last.durationTicks - presentationTimeOffsetTicks;
  return mpd.availabilityStartMs + (periodStartS + ticks / timescale) * 1000;
}

const section = 'ISO/IEC 23009-1';

/** The MPD itself: its clock and its timeline. */
export const mpdChecks: readonly Check<DashObservation>[] = [
  {
    ...{ id: 'dash-parse', severity: 'MUST', section: `${section} 5.3`, title: 'The MPD can be read' },
    asks: 'The MPD is well-formed and has the attributes that its type demands.',
    judge: (seen, evidence) => {
      for (const { mpd, exchange } of [...seen.snapshots.slice(0, 1), ...seen.snapshots.slice(-1)]) {
        evidence.look();
        for (const { line, text } of mpd.defects) evidence.must(at(exchange, line), text);
        if (mpd.representations.length === 0) evidence.must(at(exchange, mpd.line), 'no Representation');
      }
    },
  },
  {
    ...{ id: 'dash-content-type', severity: 'SHOULD', section: `${section} C.2`, title: 'The MPD is labelled' },
    asks: 'The MPD has the media type application/dash+xml.',
    judge: (seen, evidence) => {
      for (const { exchange } of seen.snapshots.slice(0, 1)) {
        evidence.look();
        const type = exchange.headers['content-type'];
        if (!/^application\/dash\+xml\b/i.test(type ?? ''))
          evidence.should(at(exchange), `Content-Type: ${type ?? 'none'}`);
      }
    },
  },
  {
    ...{
      id: 'rule-40',
      severity: 'SHOULD',
      section: 'DASH-IF IOP v4 4.7.2; ISO/IEC 23009-1 5.8.4.11',
      title: 'A live MPD brings a clock',
    },
    asks: 'A dynamic MPD has UTCTiming; its time resource is true, readable by pages and never cached.',
    judge: (seen, evidence) => judgeClock(seen, evidence),
  },
  {
    ...{
      id: 'rule-41',
      severity: 'SHOULD',
      section: 'DASH-IF IOP issue 205',
      title: 'A segment asked for too early is not remembered as missing',
    },
    asks: 'A request just before availability is held, or answered 404 with a lifetime of at most one second.',
    judge: (seen, evidence) => {
      for (const { exchange } of probesOf(seen, 'next-segment')) {
        evidence.look();
        if (exchange.status === 200) continue;
        const lifetimeS = sharedLifetimeS(exchange);
        if (exchange.status !== 404 && exchange.status !== 425)
          evidence.should(at(exchange), `${statusSeen(exchange)}; 200 or 404 asked`);
        else if (lifetimeS === null || lifetimeS > 1)
          evidence.should(at(exchange), `${exchange.status} with ${cacheControlSeen(exchange)}`);
      }
    },
  },
  {
    ...{
      id: 'dash-availability',
      severity: 'MUST',
      section: `${section} 5.3.9.5.3`,
      title: 'Segments are listed when they are there',
    },
    asks: 'By availabilityStartTime and the clock, no listed segment lies in the future (beyond availabilityTimeOffset, and then by one segment), and the last is fresh.',
    judge: (seen, evidence) => judgeAvailability(seen, evidence),
  },
  {
    ...{ id: 'dash-timeline', severity: 'MUST', section: `${section} 5.3.9.6`, title: 'The timeline has no holes' },
    asks: 'Each S begins where the one before it ends.',
    judge: (seen, evidence) => {
      for (const { mpd, exchange } of seen.snapshots) {
        for (const { segments, timescale, id, hasTimeline } of mpd.representations) {
          if (!hasTimeline) continue;
          evidence.look();
          for (const { gapTicks, line } of segments) {
            const gapS = gapTicks / timescale;
            // Rounding between timescales makes ticks, not milliseconds.
            if (Math.abs(gapS) > 0.002) evidence.must(at(exchange, line), `${id}: ${secondsSeen(gapS)} between two S`);
          }
        }
      }
    },
  },
  {
    ...{ id: 'dash-pto', severity: 'MUST', section: `${section} 5.3.9.2`, title: 'Media time maps onto the period' },
    asks: 'With presentationTimeOffset taken off, segments lie in their period, and video and audio at the same time.',
    judge: (seen, evidence) => judgeOffsets(seen, evidence),
  },
];

function judgeClock(seen: DashObservation, evidence: Evidence): void {
  const first = seen.snapshots[0];
  if (!first?.mpd.dynamic) return;
  evidence.look();
  const { mpd, exchange } = first;
  if (mpd.timings.length === 0) {
    evidence.should(at(exchange, mpd.line), 'no UTCTiming');
    return;
  }
  for (const timing of mpd.timings) {
    if (timing.scheme.includes(':direct:') && Number.isNaN(Date.parse(timing.value))) {
      evidence.should(at(exchange, timing.line), `not a time: ${timing.value}`);
    }
  }
  for (const { exchange: answer, text } of probesOf(seen, 'clock')) {
    evidence.look();
    if (answer.status !== 200) {
      evidence.should(at(answer), statusSeen(answer));
      continue;
    }
    const stated = answer.method === 'HEAD' ? (answer.headers.date ?? '') : text.trim();
    const timeMs = Date.parse(stated);
    const dateMs = Date.parse(answer.headers.date ?? '');
    if (Number.isNaN(timeMs)) evidence.should(at(answer), `not a time: ${stated.slice(0, 40)}`);
    else if (!Number.isNaN(dateMs) && Math.abs(timeMs - dateMs) > 2_000) {
      evidence.should(at(answer), `${stated}, but Date says ${answer.headers.date}`);
    } else if (Math.abs(timeMs - answer.endedAtMs) > 5_000 + tookMs(answer)) {
      evidence.should(at(answer), `${secondsSeen((timeMs - answer.endedAtMs) / 1000)} off this machine's clock`);
    }
    if ((sharedLifetimeS(answer) ?? 0) > 0) evidence.should(at(answer), `a time with ${cacheControlSeen(answer)}`);
  }
}

function judgeAvailability(seen: DashObservation, evidence: Evidence): void {
  for (const { mpd, exchange } of seen.snapshots) {
    if (!mpd.dynamic || mpd.availabilityStartMs === null) continue;
    const isClosed = isOver(mpd);
    const lastPeriod = mpd.representations.at(-1)?.periodId;
    for (const representation of mpd.representations.filter(({ periodId }) => periodId === lastPeriod)) {
      const end = endMs(mpd, representation);
      if (end === null || !representation.hasTimeline) continue;
      evidence.look();
      const aheadS = (end - exchange.endedAtMs) / 1000 - representation.availabilityTimeOffsetS;
      const lastS = (representation.segments.at(-1)?.durationTicks ?? 0) / representation.timescale;
      const place = at(exchange, representation.segments.at(-1)?.line);
      // With low latency the next segment may be listed while the one before it is made.
      if (aheadS > 1 + (representation.availabilityTimeOffsetS > 0 ? lastS : 0))
        evidence.must(place, `${representation.id}: the last segment ends ${secondsSeen(aheadS)} after now`);
      const updateS = mpd.minimumUpdatePeriodS ?? 0;
      const behindS = -aheadS - representation.availabilityTimeOffsetS;
      if (!isClosed && behindS > 2 * lastS + updateS + 3)
        evidence.should(place, `${representation.id}: the last segment ended ${secondsSeen(behindS)} ago`);
    }
  }
}

function judgeOffsets(seen: DashObservation, evidence: Evidence): void {
  for (const { mpd, exchange } of [...seen.snapshots.slice(0, 1), ...seen.snapshots.slice(-1)]) {
    const ends = new Map<
      string,
      { readonly id: string; readonly endS: number; readonly line: number; readonly lastS: number }[]
    >();
    for (const representation of mpd.representations) {
      const { segments, timescale, presentationTimeOffsetTicks, periodId, id, line } = representation;
      const [first] = segments;
      const last = segments.at(-1);
      if (!first || !last) continue;
      evidence.look();
      const lengthS = first.durationTicks / timescale;
      const startS = (first.startTicks - presentationTimeOffsetTicks) / timescale;
      // A period may begin inside a segment, so the first may lie before it by less than its length.
      if (startS < -lengthS)
        evidence.must(at(exchange, line), `${id}: the first segment lies ${secondsSeen(-startS)} before its period`);
      const endS = (last.startTicks + last.durationTicks - presentationTimeOffsetTicks) / timescale;
      const lastS = last.durationTicks / timescale;
      ends.set(periodId, [...(ends.get(periodId) ?? []), { id, endS, line, lastS }]);
    }
    for (const [reference, ...others] of ends.values()) {
      for (const other of others) {
        if (!reference) continue;
        const apartS = other.endS - reference.endS;
        const allowedS = 1.5 * Math.max(reference.lastS, other.lastS) + 1;
        if (Math.abs(apartS) <= allowedS) continue;
        evidence.must(at(exchange, other.line), `${other.id} ends ${secondsSeen(apartS)} from ${reference.id}`);
      }
    }
  }
}
