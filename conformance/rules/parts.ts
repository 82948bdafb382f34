import { edgeOf, type MediaPlaylist } from '../hls/model.ts';
import { type HlsObservation, type HlsRendition, objectKey, type Snapshot } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { isServed, partsOf, probesOf, versionPairs } from './seen.ts';

/** Rounding of decimal seconds in a playlist. */
const roundingS = 0.002;

function firstOfEach(seen: HlsObservation): Snapshot[] {
  return seen.renditions.flatMap(({ snapshots }) => snapshots.slice(0, 1));
}

/** Rules 26, 27, 29, 31, 38 and 39: parts, and the distances that the server states. */
export const partChecks: readonly Check<HlsObservation>[] = [
  {
    ...{
      id: 'rule-26',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.1 (derived)',
      title: 'The live edge never goes back',
    },
    asks: 'Neither media sequence nor last part go backwards between two answers, one asked for after the other had come.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        for (const [earlier, later] of versionPairs(rendition)) {
          evidence.look();
          const a = edgeOf(earlier.playlist);
          const b = edgeOf(later.playlist);
          if (b.msn > a.msn || (b.msn === a.msn && b.part >= a.part)) continue;
          evidence.must(at(later.exchange), `from segment ${a.msn}, part ${a.part} back to ${b.msn}, part ${b.part}`);
        }
      }
    },
  },
  {
    ...{ id: 'rule-27', severity: 'MUST', section: 'rfc8216bis 6.2.6', title: 'Parts are sent whole' },
    asks: 'No byte of a part is sent before the whole part can be sent at the speed of the link.',
    judge: (seen, evidence) => {
      for (const { objects, snapshots, url } of seen.renditions) {
        const targetMs = (snapshots[0]?.playlist.partTargetS ?? 0) * 1000;
        const hinted = [...objects.values()].filter((object) => object.hinted && isServed(object));
        if (hinted.length < 3 || targetMs === 0) continue;
        evidence.look();
        const spreads = hinted.map(({ exchange }) => exchange.endedAtMs - exchange.firstByteAtMs);
        // One slow answer is the network; most of them are the server.
        const slow = spreads.filter((spreadMs) => spreadMs > 0.4 * targetMs).length;
        if (slow * 2 <= hinted.length) continue;
        evidence.must({ url }, `${slow} of ${hinted.length} hinted parts came in over more than ${0.4 * targetMs} ms`);
      }
    },
  },
  {
    ...{ id: 'rule-29', severity: 'MUST', section: 'rfc8216bis 6.2.2', title: 'Parts stay for three target durations' },
    asks: 'A part can be fetched for three target durations after its tag has left the playlist.',
    judge: (seen, evidence) => {
      for (const { exchange, ageMs } of probesOf(seen, 'left-part')) {
        evidence.look();
        if (!isServed({ exchange })) {
          evidence.must(at(exchange), `${statusSeen(exchange)} ${secondsSeen(ageMs / 1000)} after it was last listed`);
        }
      }
      if (evidence.looked === 0)
        evidence.say('no part left the playlist in this time; a longer --duration may show one');
    },
  },
  {
    ...{
      id: 'rule-31',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.4.9 (derived)',
      title: 'Parts that are byte ranges are sliced right',
    },
    asks: 'A part with BYTERANGE is answered 206 with its bytes; one URL per part is easier on caches.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        for (const { part } of partsOf(rendition)) {
          const object = part.range && rendition.objects.get(objectKey(part.url, part.range));
          if (!object || !part.range) continue;
          evidence.look();
          const { exchange } = object;
          if (exchange.status === 206 && exchange.sizeBytes === part.range.length) continue;
          evidence.must(
            at(exchange, part.line),
            `${statusSeen(exchange)}, ${exchange.sizeBytes} of ${part.range.length} bytes`,
          );
        }
      }
      if (evidence.looked === 0) evidence.say('no part is a byte range');
    },
  },
  {
    ...{
      id: 'rule-38',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.3.8',
      title: 'Players are kept far enough from the edge',
    },
    asks: 'HOLD-BACK is at least 3 target durations; PART-HOLD-BACK is there, at least 2 (better 3) part targets.',
    judge: (seen, evidence) => {
      for (const { playlist, exchange } of firstOfEach(seen))
        judgeHoldBack(playlist, (line) => at(exchange, line), evidence);
    },
  },
  {
    ...{
      id: 'rule-39',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.4.9, 4.4.3.7, B.1',
      title: 'Parts are as long as they should be',
    },
    asks: 'A part is no longer than PART-TARGET and no shorter than 85 % of it, except the last of its segment, independent ones, and those at a gap; low-latency playlists have dates, and delta updates for a window of more than two minutes.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) judgePartLengths(rendition, evidence);
      for (const { playlist, exchange } of firstOfEach(seen)) {
        if (playlist.partTargetS === null) continue;
        const dated = playlist.segments.length === 0 || playlist.segments.some(({ dateMs }) => dateMs !== null);
        if (!dated) evidence.must(at(exchange), 'no EXT-X-PROGRAM-DATE-TIME in a low-latency playlist');
        const windowS = playlist.segments.reduce((sum, { durationS }) => sum + durationS, 0);
        if (windowS > 120 && playlist.control?.canSkipUntilS == null) {
          evidence.should(at(exchange), `no delta updates for a window of ${Math.round(windowS)} s`);
        }
      }
    },
  },
];

function judgeHoldBack(
  playlist: MediaPlaylist,
  place: (line?: number) => ReturnType<typeof at>,
  evidence: Evidence,
): void {
  const { control, partTargetS, targetDurationS } = playlist;
  if (!control) {
    if (partTargetS !== null) {
      evidence.look();
      evidence.must(place(), 'EXT-X-PART-INF without EXT-X-SERVER-CONTROL');
    }
    return;
  }
  evidence.look();
  if (control.holdBackS !== null && control.holdBackS < 3 * targetDurationS) {
    evidence.must(place(control.line), `HOLD-BACK=${control.holdBackS} with a target duration of ${targetDurationS}`);
  }
  if (partTargetS === null) return;
  const { partHoldBackS, line } = control;
  if (partHoldBackS === null) evidence.must(place(line), 'no PART-HOLD-BACK beside EXT-X-PART-INF');
  else if (partHoldBackS + roundingS < 2 * partTargetS) evidence.must(place(line), `PART-HOLD-BACK=${partHoldBackS}`);
  else if (partHoldBackS + roundingS < 3 * partTargetS) evidence.should(place(line), `PART-HOLD-BACK=${partHoldBackS}`);
}

function judgePartLengths(rendition: HlsRendition, evidence: Evidence): void {
  const targetS = rendition.snapshots[0]?.playlist.partTargetS;
  if (targetS == null) return;
  const parts = partsOf(rendition);
  for (const [index, { part, snapshot, isLast }] of parts.entries()) {
    evidence.look();
    const place = at(snapshot.exchange, part.line);
    const mayBeShort = part.independent || part.gap || parts[index + 1]?.part.gap === true;
    if (part.durationS > targetS + roundingS) {
      evidence.must(place, `part ${part.uri}: ${part.durationS} s, PART-TARGET is ${targetS} s`);
    } else if (isLast === false && !mayBeShort && part.durationS < 0.85 * targetS - roundingS) {
      evidence.must(place, `part ${part.uri}: ${part.durationS} s, less than 85 % of PART-TARGET ${targetS} s`);
    }
  }
}
