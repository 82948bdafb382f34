import type { Mpd, Representation } from '../dash/model.ts';
import type { DashObservation, MpdSnapshot } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen } from './check.ts';
import { isOver } from './dash-periods.ts';

const section = 'ISO/IEC 23009-1';

/** What changes from one version of an MPD to the next. */
export const updateChecks: readonly Check<DashObservation>[] = [
  {
    ...{ id: 'dash-constant', severity: 'MUST', section: `${section} 5.4`, title: 'What an MPD said stays true' },
    asks: 'Across updates a representation keeps its attributes, and a listed segment its time, duration and URL; time and publishTime never go back.',
    judge: (seen, evidence) => {
      for (const [earlier, later] of pairsOf(seen)) judgeUpdate(earlier, later, evidence);
    },
  },
  {
    ...{
      id: 'dash-update-period',
      severity: 'SHOULD',
      section: `${section} 5.3.1.2; DASH-IF live services`,
      title: 'Updates come in time',
    },
    asks: 'A live timeline grows: within a segment and minimumUpdatePeriod there is a new one, unless its period has ended; what changes has a new publishTime. One that stands still because no media comes is allowed, but looks the same.',
    judge: (seen, evidence) => judgeUpdatePeriod(seen, evidence),
  },
];

function pairsOf({ snapshots }: DashObservation): [MpdSnapshot, MpdSnapshot][] {
  return snapshots.slice(1).flatMap((later, index): [MpdSnapshot, MpdSnapshot][] => {
    const earlier = snapshots[index];
    return earlier ? [[earlier, later]] : [];
  });
}

/** Attributes that @bandwidth, codecs and the rest make up, and how the segments are addressed. */
function attributesSeen({
  attributes,
  timescale,
  initUrl,
  presentationTimeOffsetTicks,
}: Representation): Map<string, string> {
  const own = { timescale, initialization: initUrl ?? '', presentationTimeOffset: presentationTimeOffsetTicks };
  return new Map([
    ...attributes,
    ...Object.entries(own).map(([name, value]): [string, string] => [name, String(value)]),
  ]);
}

function judgeUpdate(earlier: MpdSnapshot, later: MpdSnapshot, evidence: Evidence): void {
  const [a, b] = [earlier.mpd, later.mpd];
  const place = (line: number) => at(later.exchange, line);
  evidence.look();
  if (b.dynamic && a.availabilityStartMs !== b.availabilityStartMs)
    evidence.must(place(b.line), 'availabilityStartTime changed');
  if (a.publishMs !== null && b.publishMs !== null && b.publishMs < a.publishMs)
    evidence.must(place(b.line), 'publishTime went back');
  for (const representation of b.representations) {
    const before = a.representations.find(({ key }) => key === representation.key);
    if (!before) continue;
    const was = attributesSeen(before);
    for (const [name, value] of attributesSeen(representation)) {
      if (was.get(name) === value) continue;
      evidence.must(
        place(representation.line),
        `${representation.id}: @${name} from ${was.get(name) ?? 'nothing'} to ${value}`,
      );
    }
    if (!representation.hasTimeline) continue;
    const known = new Map(before.segments.map((segment) => [segment.startTicks, segment]));
    for (const segment of representation.segments) {
      const old = known.get(segment.startTicks);
      if (old && (old.durationTicks !== segment.durationTicks || old.url !== segment.url)) {
        const said = `${old.url} (${old.durationTicks}) became ${segment.url} (${segment.durationTicks})`;
        evidence.must(place(segment.line), `${representation.id}: at ${segment.startTicks} ${said}`);
      }
    }
    const lastBefore = before.segments.at(-1)?.startTicks ?? 0;
    const last = representation.segments.at(-1)?.startTicks ?? lastBefore;
    if (last < lastBefore) evidence.must(place(representation.line), `${representation.id}: the timeline went back`);
  }
}

function judgeUpdatePeriod(seen: DashObservation, evidence: Evidence): void {
  const first = seen.snapshots[0];
  if (!first?.mpd.dynamic || first.mpd.minimumUpdatePeriodS === null) return;
  for (const [earlier, later] of pairsOf(seen)) {
    if (earlier.digest === later.digest || earlier.mpd.publishMs === null) continue;
    evidence.look();
    const grew = edgeTicks(later.mpd) !== edgeTicks(earlier.mpd);
    if (grew && earlier.mpd.publishMs === later.mpd.publishMs) {
      evidence.should(at(later.exchange, later.mpd.line), 'the timeline changed under the same publishTime');
    }
  }
  const segmentS = Math.max(...first.mpd.representations.flatMap(longestSegmentS), 0);
  const limitMs = 1000 * (2 * segmentS + first.mpd.minimumUpdatePeriodS) + 500;
  let movedMs = first.exchange.endedAtMs;
  for (const [earlier, later] of pairsOf(seen)) {
    if (!earlier.mpd.representations.some(({ hasTimeline }) => hasTimeline)) return;
    evidence.look();
    const stillMs = later.exchange.requestedAtMs - movedMs;
    if (edgeTicks(later.mpd) !== edgeTicks(earlier.mpd)) movedMs = later.exchange.endedAtMs;
    else if (stillMs > limitMs && !isOver(later.mpd))
      evidence.should(at(later.exchange), `nothing new for ${secondsSeen(stillMs / 1000)}`);
  }
}

function longestSegmentS({ segments, timescale }: Representation): number[] {
  return segments.map(({ durationTicks }) => durationTicks / timescale);
}

function edgeTicks(mpd: Mpd): string {
  return mpd.representations.map(({ key, segments }) => `${key}:${segments.at(-1)?.startTicks}`).join(' ');
}
