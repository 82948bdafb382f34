import type { Segment } from '../hls/model.ts';
import { type MediaFacts, ticksS } from '../media/facts.ts';
import { type HlsObservation, type HlsRendition, type MediaObject, objectKey } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen } from './check.ts';
import { isServed } from './seen.ts';

interface Placed {
  readonly segment: Segment;
  readonly object: MediaObject;
  readonly facts: MediaFacts;
}

/** A difference up to here is rounding, in seconds: one frame, or 5 ms where a frame is shorter. */
function toleranceS(facts: MediaFacts): number {
  return Math.max(0.005, ticksS(facts.frameTicks, facts)) + 0.001;
}

/** Off by half a second, players stall or skip; less is inaccurate. */
function severityOf(offS: number): 'MUST' | 'SHOULD' {
  return Math.abs(offS) > 0.5 ? 'MUST' : 'SHOULD';
}

/** Every segment once, as last listed, in the order in which they came. */
function segmentsOf({ snapshots }: HlsRendition): Segment[] {
  const found = new Map<string, Segment>();
  for (const { playlist } of snapshots) {
    for (const segment of playlist.segments) {
      const key = objectKey(segment.url, segment.range);
      const before = found.get(key);
      // Parts leave a segment before it leaves itself.
      const keepParts = before && before.parts.length > segment.parts.length;
      found.set(key, keepParts ? { ...segment, parts: before.parts } : segment);
    }
  }
  return [...found.values()];
}

/** Segments whose media was read. */
function placedOf(rendition: HlsRendition): Placed[] {
  return segmentsOf(rendition).flatMap((segment) => {
    const object = rendition.objects.get(objectKey(segment.url, segment.range));
    return object?.facts ? [{ segment, object, facts: object.facts }] : [];
  });
}

/** Neighbours in one discontinuity run. */
function neighbours(placed: readonly Placed[]): [Placed, Placed][] {
  return placed.slice(1).flatMap((later, index): [Placed, Placed][] => {
    const earlier = placed[index];
    const follows = earlier && later.segment.msn === earlier.segment.msn + 1 && !later.segment.discontinuity;
    return follows && later.facts.timescale === earlier.facts.timescale ? [[earlier, later]] : [];
  });
}

/** Start to start, across the 33 bits of MPEG-TS. */
function stepS(earlier: MediaFacts, later: MediaFacts): number {
  const ticks = later.startTicks - earlier.startTicks;
  return ticksS(later.format === 'ts' && ticks < -(2 ** 32) ? ticks + 2 ** 33 : ticks, later);
}

/** What the media says, against what the playlist says of it. */
export const mediaChecks: readonly Check<HlsObservation>[] = [
  {
    ...{
      id: 'hls-durations',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.4.1, 4.4.4.9',
      title: 'EXTINF and PART durations are those of the media',
    },
    asks: 'The duration of a segment or part is that of its samples, to a frame.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        judgeSegmentDurations(placedOf(rendition), evidence);
        judgePartDurations(rendition, evidence);
      }
    },
  },
  {
    ...{
      id: 'hls-continuity',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.4.3, 6.2.1',
      title: 'Timestamps run on between discontinuities',
    },
    asks: 'A segment begins where the one before it ends, unless EXT-X-DISCONTINUITY stands between them.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        const placed = placedOf(rendition);
        for (const { object, facts, segment } of placed) {
          if (facts.format !== 'fmp4') continue;
          evidence.look();
          const gapS = ticksS(facts.innerGapTicks, facts);
          if (Math.abs(gapS) > 0.001)
            evidence.add(severityOf(gapS), at(object.exchange), `a hole of ${secondsSeen(gapS)} inside`);
          if (facts.emptySamples > 0)
            evidence.should(at(object.exchange), `${facts.emptySamples} samples without duration in ${segment.uri}`);
        }
        for (const [earlier, later] of neighbours(placed)) {
          if (earlier.facts.durationTicks === null) continue;
          evidence.look();
          const offS = stepS(earlier.facts, later.facts) - ticksS(earlier.facts.durationTicks, earlier.facts);
          if (Math.abs(offS) <= 0.002) continue;
          evidence.add(
            severityOf(offS),
            at(later.object.exchange),
            `begins ${secondsSeen(offS)} after segment ${earlier.segment.msn} ends`,
          );
        }
      }
    },
  },
  {
    ...{
      id: 'hls-independent',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.2.1, 4.4.4.9',
      title: 'What is called independent begins with a key frame',
    },
    asks: 'With EXT-X-INDEPENDENT-SEGMENTS every segment, and every part with INDEPENDENT=YES, begins with a sync sample.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) judgeIndependent(rendition, evidence);
    },
  },
  {
    ...{
      id: 'hls-parts-sum',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.4.9, 3.1',
      title: 'A segment is the sum of its parts',
    },
    asks: 'The parts of a segment, one after the other, are the bytes and the duration of the segment.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) judgeSums(rendition, evidence);
    },
  },
  {
    ...{
      id: 'hls-init',
      severity: 'MUST',
      section: 'rfc8216bis 3.1.2, 4.4.4.5',
      title: 'Init segments are there and readable',
    },
    asks: 'Fragmented MP4 has EXT-X-MAP, and what it names is an init segment.',
    judge: (seen, evidence) => {
      for (const { inits, snapshots, objects } of seen.renditions) {
        for (const { exchange, tracks } of inits.values()) {
          evidence.look();
          if (isServed({ exchange }) && !tracks?.length) evidence.must(at(exchange), 'no track in it');
        }
        const unmapped = snapshots[0]?.playlist.segments.find(
          ({ map, url }) => map === null && /\.(?:m4s|mp4|cmf[av])$/.test(new URL(url).pathname),
        );
        const object = unmapped && objects.get(objectKey(unmapped.url, unmapped.range));
        if (object && object.facts === null && isServed(object)) {
          evidence.look();
          evidence.must(at(object.exchange, unmapped.line), 'fragmented MP4 without EXT-X-MAP');
        }
      }
    },
  },
];

function judgeSegmentDurations(placed: readonly Placed[], evidence: Evidence): void {
  const judge = ({ segment, object, facts }: Placed, actualS: number) => {
    evidence.look();
    const offS = segment.durationS - actualS;
    if (Math.abs(offS) <= toleranceS(facts)) return;
    evidence.add(
      severityOf(offS),
      at(object.exchange),
      `EXTINF ${segment.durationS} s, the media lasts ${secondsSeen(actualS)}`,
    );
  };
  for (const one of placed) {
    if (one.facts.durationTicks !== null) judge(one, ticksS(one.facts.durationTicks, one.facts));
  }
  for (const [earlier, later] of neighbours(placed)) {
    if (earlier.facts.durationTicks === null) judge(earlier, stepS(earlier.facts, later.facts));
  }
}

function judgePartDurations(rendition: HlsRendition, evidence: Evidence): void {
  for (const { parts } of segmentsOf(rendition)) {
    for (const part of parts) {
      const object = rendition.objects.get(objectKey(part.url, part.range));
      const facts = object?.facts;
      if (!object || !facts || facts.durationTicks === null) continue;
      evidence.look();
      const offS = part.durationS - ticksS(facts.durationTicks, facts);
      if (Math.abs(offS) <= toleranceS(facts)) continue;
      const actual = secondsSeen(ticksS(facts.durationTicks, facts));
      evidence.add(severityOf(offS), at(object.exchange), `PART says ${part.durationS} s, the media lasts ${actual}`);
    }
  }
}

function judgeIndependent(rendition: HlsRendition, evidence: Evidence): void {
  const promised = rendition.snapshots[0]?.playlist.independentSegments === true;
  for (const { object, facts, segment } of placedOf(rendition)) {
    if (!facts.isVideo) continue;
    evidence.look();
    if (facts.startsWithSync) continue;
    const note = `segment ${segment.uri} does not begin with a key frame`;
    if (promised) evidence.must(at(object.exchange), note);
    else evidence.should(at(object.exchange), `${note} (EXT-X-INDEPENDENT-SEGMENTS is not promised)`);
  }
  for (const { parts } of segmentsOf(rendition)) {
    for (const part of parts) {
      const object = rendition.objects.get(objectKey(part.url, part.range));
      if (!part.independent || !object?.facts?.isVideo) continue;
      evidence.look();
      if (!object.facts.startsWithSync)
        evidence.must(at(object.exchange), `part ${part.uri} is INDEPENDENT without a key frame`);
    }
  }
}

function judgeSums(rendition: HlsRendition, evidence: Evidence): void {
  for (const segment of segmentsOf(rendition)) {
    if (segment.parts.length === 0) continue;
    const whole = rendition.objects.get(objectKey(segment.url, segment.range));
    const parts = segment.parts.map((part) => rendition.objects.get(objectKey(part.url, part.range)));
    if (!whole || !isServed(whole) || parts.some((part) => !part || !isServed(part))) continue;
    evidence.look();
    const bytes = parts.reduce((sum, part) => sum + (part?.exchange.sizeBytes ?? 0), 0);
    if (bytes !== whole.exchange.sizeBytes) {
      evidence.must(at(whole.exchange), `${whole.exchange.sizeBytes} bytes, its ${parts.length} parts have ${bytes}`);
    }
    const sumS = segment.parts.reduce((sum, part) => sum + part.durationS, 0);
    if (Math.abs(sumS - segment.durationS) > 0.002 * (parts.length + 1)) {
      evidence.must(at(whole.exchange), `EXTINF ${segment.durationS} s, its parts make ${secondsSeen(sumS)}`);
    }
  }
}
