import { edgeOf, type MediaPlaylist, type Part } from '../hls/model.ts';
import { tookMs } from '../http/exchange.ts';
import { type HlsObservation, type HlsRendition, objectKey, type Snapshot } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { isServed, probesOf, versionPairs } from './seen.ts';

/** Rounding of decimal seconds in a playlist. */
const roundingS = 0.002;

function firstOfEach(seen: HlsObservation): Snapshot[] {
  return seen.renditions.flatMap(({ snapshots }) => snapshots.slice(0, 1));
}

/** Every part of a rendition with the version that first listed it, once. */
function partsOf({ snapshots }: HlsRendition): { part: Part; snapshot: Snapshot; isLast: boolean | null }[] {
  const found = new Map<string, { part: Part; snapshot: Snapshot; isLast: boolean | null }>();
  for (const snapshot of snapshots) {
    const { segments, openParts } = snapshot.playlist;
    for (const { parts } of segments) {
      for (const part of parts) {
        const isLast = part.index === parts.length - 1;
        const known = found.get(`${part.msn}.${part.index}`);
        if (known) known.isLast = isLast;
        else found.set(`${part.msn}.${part.index}`, { part, snapshot, isLast });
      }
    }
    for (const part of openParts) {
      const key = `${part.msn}.${part.index}`;
      // A part with one after it is not the last of its segment; of the newest that is not known yet.
      const isLast = part.index < openParts.length - 1 ? false : null;
      const known = found.get(key);
      if (!known) found.set(key, { part, snapshot, isLast });
      else if (known.isLast === null) known.isLast = isLast;
    }
  }
  return [...found.values()];
}

/** Rules 26 to 31, 34, 35, 38 and 39: parts, hints, reports and the distances that the server states. */
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
    ...{
      id: 'rule-28',
      severity: 'SHOULD',
      section: 'rfc8216bis 6.2.6',
      title: 'A hinted part is held, an unknown one is not there',
    },
    asks: 'A request for a hinted part is held and answered 200; media that is neither there nor hinted is 404 at once.',
    judge: (seen, evidence) => judgeHints(seen, evidence),
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
      id: 'rule-34',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.5.4, B.1',
      title: 'Each low-latency playlist reports every other',
    },
    asks: 'EXT-X-RENDITION-REPORT has a relative URI, and there is one for each other rendition.',
    judge: (seen, evidence) => {
      const known = seen.renditions.filter(({ snapshots }) => snapshots[0]?.playlist.partTargetS != null);
      for (const { url, snapshots } of known) {
        const snapshot = snapshots.at(-1);
        if (!snapshot || snapshot.playlist.ended) continue;
        evidence.look();
        const { reports } = snapshot.playlist;
        for (const { uri, line } of reports) {
          if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(uri))
            evidence.must(at(snapshot.exchange, line), `an absolute URI: ${uri}`);
        }
        const reported = new Set(reports.map((report) => report.url));
        for (const other of known) {
          if (other.url !== url && !reported.has(other.url))
            evidence.must(at(snapshot.exchange), `no report of ${other.label}`);
        }
      }
    },
  },
  {
    ...{ id: 'hls-rendition-reports', severity: 'SHOULD', section: 'rfc8216bis 4.4.5.4', title: 'Reports are true' },
    asks: 'LAST-MSN and LAST-PART are what that rendition had, neither ahead of it nor far behind.',
    judge: (seen, evidence) => judgeReports(seen, evidence),
  },
  {
    ...{ id: 'rule-35', severity: 'MUST', section: 'rfc8216bis 4.4.5.3', title: 'A hint comes true' },
    asks: 'The URI of EXT-X-PRELOAD-HINT is the URI of the part that is listed next.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        for (const [earlier, later] of versionPairs(rendition)) judgeHintPair(earlier, later, evidence);
      }
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
    asks: 'A part is no longer than PART-TARGET and no shorter than 85 % of it, except the last of its segment; low-latency playlists have dates.',
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

function judgeHints(seen: HlsObservation, evidence: Evidence): void {
  for (const rendition of seen.renditions) {
    const listed = new Set(partsOf(rendition).map(({ part }) => part.url));
    for (const object of rendition.objects.values()) {
      if (!object.hinted) continue;
      evidence.look();
      if (isServed(object)) continue;
      // Withdrawn hints are 404; those that came true must not be.
      if (listed.has(object.url))
        evidence.should(at(object.exchange), `${statusSeen(object.exchange)} for a hint that came true`);
    }
  }
  const targetMs = (seen.renditions[0]?.snapshots[0]?.playlist.targetDurationS || 2) * 1000;
  for (const { exchange } of probesOf(seen, 'missing-media')) {
    evidence.look();
    const { status } = exchange;
    if (status !== 404 && status !== 410)
      evidence.should(at(exchange), `${statusSeen(exchange)} for media that is not there`);
    else if (tookMs(exchange) > targetMs)
      evidence.should(at(exchange), `404 only after ${secondsSeen(tookMs(exchange) / 1000)}`);
  }
}

function judgeHintPair(earlier: Snapshot, later: Snapshot, evidence: Evidence): void {
  const hint = earlier.playlist.hints.find(({ type }) => type === 'PART');
  if (!hint) return;
  const { msn, part } = edgeOf(earlier.playlist);
  const { segments, openParts } = later.playlist;
  const parts = segments.find((segment) => segment.msn === msn)?.parts ?? openParts.filter((one) => one.msn === msn);
  // The hinted part may turn out to be the next segment's first.
  const followed =
    segments.find((segment) => segment.msn === msn + 1)?.parts ?? openParts.filter((one) => one.msn === msn + 1);
  const isOver = segments.some((segment) => segment.msn === msn) && parts.length > 0 && parts.length === part + 1;
  const follower = segments.find((segment) => segment.msn === msn + 1);
  // A run that breaks off takes its hint with it; what comes then is another run's.
  const isWithdrawn = isOver && (follower?.discontinuity ?? later.playlist.openDiscontinuity);
  const next = isWithdrawn ? undefined : (parts[part + 1] ?? (isOver ? followed[0] : undefined));
  if (!next) return;
  evidence.look();
  const sameStart = hint.start === (next.range?.offset ?? 0);
  if (hint.url === next.url && sameStart) return;
  const place = at(later.exchange, next.line);
  evidence.must(place, `hinted was ${hint.uri} (line ${hint.line} before), listed is ${next.uri}`);
}

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
  for (const { part, snapshot, isLast } of partsOf(rendition)) {
    evidence.look();
    const place = at(snapshot.exchange, part.line);
    if (part.durationS > targetS + roundingS) {
      evidence.must(place, `part ${part.uri}: ${part.durationS} s, PART-TARGET is ${targetS} s`);
    } else if (isLast === false && !part.gap && part.durationS < 0.85 * targetS - roundingS) {
      evidence.must(place, `part ${part.uri}: ${part.durationS} s, less than 85 % of PART-TARGET ${targetS} s`);
    }
  }
}

function judgeReports(seen: HlsObservation, evidence: Evidence): void {
  for (const { snapshots } of seen.renditions) {
    for (const { playlist, exchange } of snapshots) {
      for (const report of playlist.reports) {
        const other = seen.renditions.find(({ url }) => url === report.url);
        if (!other || report.lastMsn === null) continue;
        const later = other.snapshots.find((one) => one.exchange.requestedAtMs >= exchange.endedAtMs);
        const earlier = other.snapshots.findLast((one) => one.exchange.endedAtMs <= exchange.requestedAtMs);
        evidence.look();
        const place = at(exchange, report.line);
        const saw = `LAST-MSN=${report.lastMsn}, LAST-PART=${report.lastPart ?? 'none'}`;
        if (later && isPast(report.lastMsn, report.lastPart, later.playlist)) {
          evidence.should(
            place,
            `${saw}: ahead of ${other.label}, which had segment ${edgeOf(later.playlist).msn} after it`,
          );
        } else if (earlier && edgeOf(earlier.playlist).msn - report.lastMsn > 2) {
          evidence.should(
            place,
            `${saw}: behind ${other.label}, which had segment ${edgeOf(earlier.playlist).msn} before it`,
          );
        }
      }
    }
  }
}

function isPast(msn: number, part: number | null, playlist: MediaPlaylist): boolean {
  const edge = edgeOf(playlist);
  if (part === null) return msn >= edge.msn;
  return msn > edge.msn || (msn === edge.msn && part > edge.part);
}
