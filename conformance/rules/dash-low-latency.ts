import type { Mpd, Representation } from '../dash/model.ts';
import type { DashObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence, type Place, secondsSeen } from './check.ts';

/** What low latency adds to an MPD. */
export const dashLowLatencyChecks: readonly Check<DashObservation>[] = [
  {
    ...{
      id: 'dash-time-offset',
      severity: 'MUST',
      section: 'ISO/IEC 23009-1 5.3.9.5.3',
      title: 'availabilityTimeOffset is shorter than a segment',
    },
    asks: 'A segment that is sent while it is made can be asked for when it has begun, not before: availabilityTimeOffset is less than its duration.',
    judge: (seen, evidence) => {
      for (const { mpd, exchange } of seen.snapshots.slice(-1)) {
        for (const representation of mpd.representations) judgeOffset(representation, at(exchange), evidence);
      }
    },
  },
  {
    ...{
      id: 'dash-producer-time',
      severity: 'SHOULD',
      section: 'ISO/IEC 23009-1 5.12; DASH-IF CR low latency',
      title: 'The producer clock is that of the timeline',
    },
    asks: 'With availabilityTimeOffset there is a ProducerReferenceTime; its wall-clock time and media time give the availabilityStartTime.',
    judge: (seen, evidence) => {
      for (const { mpd, exchange } of seen.snapshots.slice(-1)) {
        if (!mpd.dynamic) continue;
        for (const representation of mpd.representations) judgeProducer(mpd, representation, at(exchange), evidence);
      }
    },
  },
];

function judgeOffset(representation: Representation, place: Place, evidence: Evidence): void {
  const { availabilityTimeOffsetS, availabilityTimeComplete, segments, timescale, id, line } = representation;
  if (availabilityTimeOffsetS <= 0 || availabilityTimeComplete !== false || segments.length === 0) return;
  evidence.look();
  const longestS = Math.max(...segments.map(({ durationTicks }) => durationTicks / timescale));
  if (availabilityTimeOffsetS < longestS) return;
  const said = `availabilityTimeOffset ${availabilityTimeOffsetS}, segments of at most ${secondsSeen(longestS)}`;
  evidence.must({ ...place, line }, `${id}: ${said}`);
}

function judgeProducer(mpd: Mpd, representation: Representation, place: Place, evidence: Evidence): void {
  const { availabilityTimeOffsetS, producers, timescale, presentationTimeOffsetTicks } = representation;
  const { periodStartS, id, line } = representation;
  if (availabilityTimeOffsetS <= 0 && producers.length === 0) return;
  evidence.look();
  if (producers.length === 0) evidence.should({ ...place, line }, `${id}: no ProducerReferenceTime`);
  for (const producer of producers) {
    const here = { ...place, line: producer.line };
    if (producer.wallClockMs === null || Number.isNaN(producer.presentationTicks)) {
      evidence.should(here, `${id}: not a wall-clock time with a presentation time`);
      continue;
    }
    const mediaS = (producer.presentationTicks - presentationTimeOffsetTicks) / timescale + periodStartS;
    const apartS = (producer.wallClockMs - (mpd.availabilityStartMs ?? Number.NaN)) / 1000 - mediaS;
    if (Math.abs(apartS) > 0.5) evidence.should(here, `${id}: ${secondsSeen(apartS)} off availabilityStartTime`);
  }
}
