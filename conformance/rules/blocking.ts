import { breaksAfter, edgeOf, type MediaPlaylist, reaches } from '../hls/model.ts';
import { tookMs } from '../http/exchange.ts';
import type { HlsObservation, Probe } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { probesOf } from './seen.ts';

const section = 'rfc8216bis 6.2.5.2';

/** Where a target duration gives no scale, ms. */
function targetMs(playlist: MediaPlaylist | null): number {
  return (playlist?.targetDurationS || 2) * 1000;
}

function edgeSeen(playlist: MediaPlaylist): string {
  const { msn, part } = edgeOf(playlist);
  return part < 0 ? `the playlist ends after segment ${msn - 1}` : `the playlist ends at segment ${msn}, part ${part}`;
}

function expectRefusal(probe: Probe, evidence: Evidence, severity: 'MUST' | 'SHOULD'): void {
  const { exchange, before } = probe;
  evidence.look();
  if (exchange.status !== 400) {
    evidence.add(severity, at(exchange), `${statusSeen(exchange)} instead of 400`);
  } else if (tookMs(exchange) > targetMs(before)) {
    evidence.should(at(exchange), `400 only after ${secondsSeen(tookMs(exchange) / 1000)}`);
  }
}

/** How many parts a segment has by now, the one in the making too: a new run may give it more than those before had. */
function partsOf(playlist: MediaPlaylist | null, msn: number | null): number | null {
  if (!playlist || msn === null) return null;
  const edge = edgeOf(playlist);
  if (edge.msn === msn) return edge.part + 1;
  return playlist.segments.find((segment) => segment.msn === msn)?.parts.length ?? null;
}

/** What a held request brought must hold what it waited for. */
function expectReached({ exchange, playlist, msn, part, before }: Probe, evidence: Evidence): void {
  evidence.look();
  if (exchange.status === 503 && tookMs(exchange) >= 3 * targetMs(before)) return;
  if (!playlist || msn === null) {
    evidence.must(at(exchange), `${statusSeen(exchange)} instead of a playlist`);
    return;
  }
  if (playlist.ended || reaches(playlist, msn, part)) return;
  const wanted = part === null ? `whole segment ${msn}` : `segment ${msn}, part ${part}`;
  evidence.must(at(exchange), `asked for ${wanted}, but ${edgeSeen(playlist)}`);
}

/**
 * Whether the segment that was asked for was finished before the request came: then its parts are ahead of nothing,
 * and the next segment's first is waited for. That takes one part; as long as the publisher is away where a run ended.
 */
function isOvertaken({ exchange, playlist, msn, before }: Probe): boolean {
  if (!playlist || msn === null || !reaches(playlist, msn, null)) return false;
  return breaksAfter(playlist, msn) || tookMs(exchange) <= 1500 * (before?.partTargetS ?? 0);
}

/** Rules 1 to 9 and 15: delivery directives of blocking reloads. */
export const blockingChecks: readonly Check<HlsObservation>[] = [
  {
    ...{ id: 'rule-01', severity: 'MUST', section, title: '_HLS_part without _HLS_msn is refused' },
    asks: '_HLS_part without _HLS_msn is answered 400.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'part-without-msn')) expectRefusal(probe, evidence, 'MUST');
    },
  },
  {
    ...{ id: 'rule-02', severity: 'SHOULD', section, title: 'A segment far ahead is refused at once' },
    asks: '_HLS_msn greater than the last media sequence number plus 2 is answered 400 without a hold.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'msn-too-far')) expectRefusal(probe, evidence, 'SHOULD');
    },
  },
  {
    ...{ id: 'rule-03', severity: 'SHOULD', section, title: 'A part far ahead is refused at once' },
    asks: '_HLS_part beyond the advance part limit (3 / PART-TARGET below 1 s, else 3) is answered 400 without a hold.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'part-too-far')) {
        if (!isOvertaken(probe)) expectRefusal(probe, evidence, 'SHOULD');
      }
    },
  },
  {
    ...{
      id: 'rule-04',
      severity: 'SHOULD',
      section: `${section} (derived)`,
      title: 'Directives that are no numbers are refused',
    },
    asks: 'A directive that is not a whole number from 0 is answered 400 with CORS headers, never 500.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'bad-directive')) {
        expectRefusal(probe, evidence, 'SHOULD');
        const { exchange } = probe;
        if (exchange.status === 400 && exchange.headers['access-control-allow-origin'] === undefined)
          evidence.should(at(exchange), '400 without CORS headers');
      }
    },
  },
  {
    ...{ id: 'rule-05', severity: 'MUST', section, title: 'A blocking reload is held until what it asks for is there' },
    asks: 'The answer to a blocking reload holds the segment or part that was asked for, or a later one.',
    judge: (seen, evidence) => {
      for (const { snapshots } of seen.renditions) {
        for (const { playlist, exchange, asked } of snapshots) {
          if (!asked) continue;
          expectReached({ ...blank, exchange, playlist, msn: asked.msn, part: asked.part, before: playlist }, evidence);
        }
      }
    },
  },
  {
    ...{
      id: 'rule-06',
      severity: 'MUST',
      section,
      title: 'A part past the last of its segment means the next segment',
    },
    asks: '_HLS_part past the final part of its segment is taken as part 0 of the next segment.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'part-past-end')) {
        const parts = partsOf(probe.playlist, probe.msn);
        const isRollover = parts === null || probe.part === null || parts <= probe.part;
        const wanted = isRollover && probe.msn !== null ? { ...probe, msn: probe.msn + 1, part: 0 } : probe;
        expectReached(wanted, evidence);
      }
    },
  },
  {
    ...{
      id: 'rule-07',
      severity: 'MUST',
      section,
      title: 'A request for what is there already gets the current playlist',
    },
    asks: 'A blocking reload for something listed, or gone, is answered at once with the whole current playlist.',
    judge: (seen, evidence) => {
      for (const { exchange, playlist, before } of probesOf(seen, 'satisfied')) {
        evidence.look();
        if (!playlist || !before) {
          evidence.must(at(exchange), `${statusSeen(exchange)} instead of a playlist`);
        } else if (playlist.skipped || playlist.segments.length === 0) {
          evidence.must(at(exchange), 'not the entire playlist');
        } else if (!reaches(playlist, edgeOf(before).msn - 1, null)) {
          evidence.must(at(exchange), `an old version: ${edgeSeen(playlist)}, earlier ${edgeSeen(before)}`);
        } else if (tookMs(exchange) > Math.max(1_000, targetMs(before))) {
          evidence.should(at(exchange), `answered only after ${secondsSeen(tookMs(exchange) / 1000)}`);
        }
      }
    },
  },
  {
    ...{ id: 'rule-08', severity: 'SHOULD', section, title: 'Nothing is held longer than three target durations' },
    asks: 'A request held longer than three target durations is answered 503.',
    judge: (seen, evidence) => {
      for (const rendition of seen.renditions) {
        const target = targetMs(rendition.snapshots[0]?.playlist ?? null);
        const held = seen.exchanges.filter(
          ({ purpose, url }) => purpose === 'blocking-playlist' && url.startsWith(rendition.url.split('?')[0] ?? ''),
        );
        for (const exchange of held) {
          evidence.look();
          // A fifth of a target duration is what network and timers may add.
          if (tookMs(exchange) <= 3.2 * target || exchange.status === 503) continue;
          evidence.should(at(exchange), `${statusSeen(exchange)} after ${secondsSeen(tookMs(exchange) / 1000)}`);
        }
      }
    },
  },
  {
    ...{
      id: 'rule-09',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.5, 4.4.5.3',
      title: 'An ended playlist ignores directives and hints nothing',
    },
    asks: 'With EXT-X-ENDLIST all directives are ignored, and there is no EXT-X-PRELOAD-HINT.',
    judge: (seen, evidence) => {
      for (const { exchange, playlist, before } of probesOf(seen, 'ended-directives')) {
        evidence.look();
        if (!playlist) evidence.must(at(exchange), `${statusSeen(exchange)} instead of the playlist`);
        else if (playlist.skipped) evidence.must(at(exchange, playlist.skipped.line), 'a delta update');
        if (tookMs(exchange) > targetMs(before)) {
          evidence.must(at(exchange), `held for ${secondsSeen(tookMs(exchange) / 1000)}`);
        }
      }
      for (const { playlist, exchange } of seen.renditions.flatMap(({ snapshots }) => snapshots)) {
        if (!playlist.ended) continue;
        evidence.look();
        for (const hint of playlist.hints)
          evidence.must(at(exchange, hint.line), `a hint for ${hint.uri} after the end`);
      }
    },
  },
  {
    ...{
      id: 'rule-15',
      severity: 'MUST',
      section,
      title: 'A reload for a segment alone is held until the segment is whole',
    },
    asks: '_HLS_msn without _HLS_part is held until that segment is complete: blocking works for plain HLS too.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'msn-only')) expectReached(probe, evidence);
    },
  },
];

const blank = { name: 'satisfied', against: null, ageMs: 0, text: '' } as const;
