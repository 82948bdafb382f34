import { edgeOf, type MediaPlaylist } from '../hls/model.ts';
import type { HlsObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence } from './check.ts';

/** Rule 34: what playlists tell of each other. */
export const reportChecks: readonly Check<HlsObservation>[] = [
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
];

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
