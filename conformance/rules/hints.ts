import { breaksAfter, edgeOf } from '../hls/model.ts';
import { tookMs } from '../http/exchange.ts';
import type { HlsObservation, Snapshot } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { isServed, partsOf, probesOf, versionPairs } from './seen.ts';

/** Rules 28 and 35: what preload hints promise. */
export const hintChecks: readonly Check<HlsObservation>[] = [
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
    ...{ id: 'rule-35', severity: 'MUST', section: 'rfc8216bis 4.4.5.3', title: 'A hint comes true' },
    asks: 'The URI of EXT-X-PRELOAD-HINT is the URI of the part that is listed next.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        for (const [earlier, later] of versionPairs(rendition)) judgeHintPair(earlier, later, evidence);
      }
    },
  },
];

function judgeHints(seen: HlsObservation, evidence: Evidence): void {
  const targetMs = (seen.renditions[0]?.snapshots[0]?.playlist.targetDurationS || 2) * 1000;
  for (const rendition of seen.renditions) {
    const listed = new Set(partsOf(rendition).map(({ part }) => part.url));
    for (const object of rendition.objects.values()) {
      if (!object.hinted) continue;
      evidence.look();
      const { exchange } = object;
      // Held as long as may be, and then given up (6.2.5.2): its time came later, if at all.
      const isGivenUp = exchange.status === 503 && tookMs(exchange) >= 2.9 * targetMs;
      if (isServed(object) || isGivenUp) continue;
      // Withdrawn hints are 404; those that came true must not be.
      if (listed.has(object.url)) evidence.should(at(exchange), `${statusSeen(exchange)} for a hint that came true`);
    }
  }
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
  // A run that breaks off takes its hint with it; what comes then is another run's.
  const isWithdrawn = isOver && breaksAfter(later.playlist, msn);
  const next = isWithdrawn ? undefined : (parts[part + 1] ?? (isOver ? followed[0] : undefined));
  if (!next) return;
  evidence.look();
  const sameStart = hint.start === (next.range?.offset ?? 0);
  if (hint.url === next.url && sameStart) return;
  const place = at(later.exchange, next.line);
  evidence.must(place, `hinted was ${hint.uri} (line ${hint.line} before), listed is ${next.uri}`);
}
