import { tookMs } from '../http/exchange.ts';
import { sameCodec } from '../media/codec-string.ts';
import { ticksS } from '../media/facts.ts';
import { leadTrack } from '../media/init-segment.ts';
import type { DashObject, DashObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { dueS, periodEnds } from './dash-periods.ts';
import { isServed } from './seen.ts';

const section = 'ISO/IEC 23009-1';

/** The segments that an MPD lists, against what it says of them. */
export const dashMediaChecks: readonly Check<DashObservation>[] = [
  {
    ...{
      id: 'rule-42',
      severity: 'MUST',
      section: `${section} 5.3.9.5.3; DASH-IF CR low latency`,
      title: 'Low latency: segments flow while they are made',
    },
    asks: 'With availabilityTimeOffset, availabilityTimeComplete is false and a segment is sent chunk by chunk as it comes to be.',
    judge: (seen, evidence) => judgeChunked(seen, evidence),
  },
  {
    ...{
      id: 'dash-segments-answer',
      severity: 'MUST',
      section: `${section} 5.3.9.5.3`,
      title: 'What is listed is there',
    },
    asks: 'Every listed segment and init segment is answered 200 with the media type of its representation.',
    judge: (seen, evidence) => {
      for (const { exchange, line } of seen.objects) {
        evidence.look();
        const type = exchange.headers['content-type'];
        if (!isServed({ exchange })) evidence.must(at(exchange, line), statusSeen(exchange));
        else if (!/^(?:video|audio|application)\//.test(type ?? ''))
          evidence.must(at(exchange), `Content-Type: ${type ?? 'none'}`);
      }
      for (const { exchange } of seen.inits.values()) {
        evidence.look();
        if (!isServed({ exchange })) evidence.must(at(exchange), statusSeen(exchange));
      }
    },
  },
  {
    ...{
      id: 'dash-tfdt',
      severity: 'MUST',
      section: `${section} 5.3.9.6; ISO/IEC 23000-19 7.3.2`,
      title: 'The timeline is that of the media',
    },
    asks: 'S@t is the decode time of its segment, and S@d the sum of its samples, to a frame; the last segment of a period may be listed beyond the end of the period, and then lasts at least so long; it should not be listed longer than it lasts within it. No sample lasts 0.',
    judge: (seen, evidence) => {
      const ends = periodEnds(seen);
      for (const object of seen.objects) judgeTimes(object, dueS(object, ends), ends.last.has(object.url), evidence);
    },
  },
  {
    ...{ id: 'dash-sap', severity: 'MUST', section: `${section} 5.3.3.2`, title: 'Segments begin with a sync sample' },
    asks: 'With @startWithSAP 1 or 2 every segment begins with a sync sample; others should.',
    judge: (seen, evidence) => {
      for (const { facts, exchange, representation } of seen.objects) {
        if (!facts?.isVideo) continue;
        evidence.look();
        if (facts.startsWithSync) continue;
        const promised = /^[12]$/.test(representation.attributes.get('startWithSAP') ?? '');
        evidence.add(promised ? 'MUST' : 'SHOULD', at(exchange), 'it does not begin with a key frame');
      }
    },
  },
  {
    ...{
      id: 'dash-init',
      severity: 'MUST',
      section: `${section} 5.3.7.2; RFC 6381`,
      title: 'Representations are what their init segments say',
    },
    asks: '@codecs, @width, @height and @audioSamplingRate are those of the init segment.',
    judge: (seen, evidence) => judgeInits(seen, evidence),
  },
  {
    ...{
      id: 'dash-bandwidth',
      severity: 'SHOULD',
      section: `${section} 5.3.5.2`,
      title: '@bandwidth covers the media',
    },
    asks: 'A channel of @bandwidth carries each segment in its duration, with minBufferTime to start from.',
    judge: (seen, evidence) => {
      const bufferS = seen.snapshots[0]?.mpd.minBufferTimeS ?? 0;
      for (const { exchange, durationTicks, representation } of seen.objects) {
        const { bandwidth, timescale, id } = representation;
        if (!isServed({ exchange }) || bandwidth === null) continue;
        evidence.look();
        const bits = exchange.sizeBytes * 8;
        const carried = bandwidth * (durationTicks / timescale + bufferS);
        if (bits > 1.05 * carried)
          evidence.should(at(exchange), `${id}: ${bits} bits, ${bandwidth} bit/s carry ${Math.round(carried)}`);
      }
    },
  },
];

function judgeChunked(seen: DashObservation, evidence: Evidence): void {
  const mpd = seen.snapshots.at(-1)?.mpd;
  const early = mpd?.representations.filter(({ availabilityTimeOffsetS }) => availabilityTimeOffsetS > 0) ?? [];
  const place = seen.snapshots.at(-1)?.exchange ?? seen.entry;
  for (const { availabilityTimeComplete, id, line } of early) {
    evidence.look();
    if (availabilityTimeComplete !== false)
      evidence.must(at(place, line), `${id}: availabilityTimeOffset without availabilityTimeComplete="false"`);
  }
  if (early.length === 0) {
    evidence.say('no availabilityTimeOffset: not low latency');
    return;
  }
  const whileMade = seen.objects.filter((object) => {
    const leftMs = wholeAtMs(object) - object.exchange.requestedAtMs;
    const lengthMs = (1000 * object.durationTicks) / object.representation.timescale;
    return isServed(object) && leftMs > 0.3 * lengthMs;
  });
  if (whileMade.length === 0) {
    evidence.say('no segment was listed while it was made');
    return;
  }
  for (const object of whileMade) {
    const { exchange } = object;
    evidence.look();
    const leftMs = wholeAtMs(object) - exchange.requestedAtMs;
    const spreadMs = exchange.endedAtMs - exchange.firstByteAtMs;
    if (spreadMs >= 0.3 * leftMs || tookMs(exchange) < 0.3 * leftMs) continue;
    evidence.must(
      at(exchange),
      `held for ${Math.round(tookMs(exchange))} ms, then sent within ${Math.round(spreadMs)} ms`,
    );
  }
}

/** When the media of a segment was all there, by the timeline: sooner than promised where its period ended inside it. */
function wholeAtMs({ availableAtMs, facts, durationTicks, representation }: DashObject): number {
  const listedS = durationTicks / representation.timescale;
  const lastsS = facts?.format === 'fmp4' ? ticksS(facts.durationTicks ?? 0, facts) : listedS;
  return (availableAtMs ?? 0) - 1000 * Math.max(0, listedS - lastsS);
}

/**
 * @param leastS what there has to be of the segment: less than the timeline says where its period ends inside it
 * @param isLast of a period that is over: it may have been promised before its making broke off
 */
function judgeTimes(
  { facts, exchange, representation, startTicks, durationTicks, line }: DashObject,
  leastS: number,
  isLast: boolean,
  evidence: Evidence,
): void {
  if (facts?.format !== 'fmp4') return;
  evidence.look();
  const { timescale, hasTimeline } = representation;
  const frameS = ticksS(facts.frameTicks, facts);
  const startOffS = ticksS(facts.startTicks, facts) - startTicks / timescale;
  // A template with @duration gives nominal times: half a segment either way (5.3.9.5.3).
  const toleranceS = hasTimeline ? Math.max(frameS, 0.005) + 0.001 : 0.5 * (durationTicks / timescale) + frameS;
  if (Math.abs(startOffS) > toleranceS) {
    const severity = Math.abs(startOffS) > 0.5 ? 'MUST' : 'SHOULD';
    evidence.add(severity, at(exchange, line), `the media begins ${secondsSeen(startOffS)} off the timeline`);
  }
  const lastsS = ticksS(facts.durationTicks ?? 0, facts);
  const durationOffS = lastsS - Math.min(durationTicks / timescale, Math.max(leastS, lastsS));
  if (Math.abs(durationOffS) > toleranceS) {
    const isBrokenOff = isLast && durationOffS < 0;
    evidence.add(
      Math.abs(durationOffS) > 0.5 && !isBrokenOff ? 'MUST' : 'SHOULD',
      at(exchange, line),
      `its samples last ${secondsSeen(durationOffS)} more than the timeline says`,
    );
  }
  if (facts.emptySamples > 0) {
    evidence.must(at(exchange), `${facts.emptySamples} samples have the duration 0: container time has a hole`);
  }
  const holeS = ticksS(facts.innerGapTicks, facts);
  if (Math.abs(holeS) > 0.001) evidence.must(at(exchange), `a hole of ${secondsSeen(holeS)} between its fragments`);
}

function judgeInits(seen: DashObservation, evidence: Evidence): void {
  const place = seen.snapshots[0]?.exchange ?? seen.entry;
  const representations = new Map(
    seen.snapshots.flatMap(({ mpd }) => mpd.representations).map((one) => [one.key, one]),
  );
  for (const { initUrl, id, line, codecs, width, height, sampleRate, kind } of representations.values()) {
    const init = initUrl === null ? undefined : seen.inits.get(initUrl);
    if (!init || !isServed(init)) continue;
    evidence.look();
    const track = leadTrack(init.tracks ?? []);
    if (!track) {
      evidence.must(at(init.exchange), 'no track in it');
      continue;
    }
    const here = at(place, line);
    if (codecs === null) evidence.must(here, `${id}: no @codecs`);
    else if (track.codec !== null && !codecs.split(',').some((codec) => sameCodec(codec.trim(), track.codec ?? ''))) {
      evidence.must(here, `${id}: codecs="${codecs}", the media is ${track.codec}`);
    }
    if (kind === 'video' && width !== null && (width !== track.width || height !== track.height)) {
      evidence.must(here, `${id}: ${width}x${height}, the media is ${track.width}x${track.height}`);
    }
    if (kind === 'audio' && sampleRate !== null && track.sampleRate > 0 && sampleRate !== track.sampleRate) {
      evidence.should(here, `${id}: audioSamplingRate="${sampleRate}", the init segment says ${track.sampleRate}`);
    }
  }
}
