import type { HlsObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence, statusSeen } from './check.ts';
import { judgeBothWays } from './queries.ts';
import { probesOf } from './seen.ts';

/** Carriers of playlist URIs: what players put directives on. */
const playlistTags = ['EXT-X-MEDIA', 'EXT-X-I-FRAME-STREAM-INF', 'EXT-X-RENDITION-REPORT'];

/** Rules 13 and 36: query parameters that the standard keeps for itself. */
export const directiveChecks: readonly Check<HlsObservation>[] = [
  {
    ...{
      id: 'rule-13',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.5',
      title: 'The _HLS_ prefix is left to the standard',
    },
    asks: 'No URI that a playlist gives out has a parameter that begins with _HLS_, and a request with an unknown one gets the playlist as it is.',
    judge: (seen, evidence) => {
      judgeReserved(seen, evidence);
      for (const probe of probesOf(seen, 'unknown-directive')) {
        judgeBothWays(probe, evidence, ({ exchange }) => {
          if (exchange.status !== 200) evidence.must(at(exchange), `${statusSeen(exchange)} with _HLS_conformance=1`);
          else evidence.should(at(exchange), 'another playlist with _HLS_conformance=1');
        });
      }
    },
  },
  {
    ...{
      id: 'rule-36',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.2.3',
      title: 'Only parameters that were sent are asked for',
    },
    asks: 'A playlist has EXT-X-DEFINE with QUERYPARAM only where its request has that parameter: players give up otherwise.',
    judge: (seen, evidence) => {
      const media = seen.renditions.flatMap(({ snapshots }) => snapshots);
      const main = seen.multivariant ? [{ playlist: seen.multivariant, exchange: seen.entry }] : [];
      for (const { playlist, exchange } of [...main, ...media]) {
        evidence.look();
        const query = new URL(exchange.finalUrl).searchParams;
        for (const { name, line } of playlist.queryParams) {
          if (!query.get(name)) evidence.must(at(exchange, line), `QUERYPARAM="${name}", the request has none`);
        }
      }
    },
  },
];

function judgeReserved({ carriers, multivariant, entry }: HlsObservation, evidence: Evidence): void {
  for (const { tag, url, uri, document, line } of carriers) {
    const query = url === null ? null : URL.parse(url)?.searchParams;
    if (!query) continue;
    evidence.look();
    if (![...query.keys()].some((name) => name.startsWith('_HLS_'))) continue;
    const isPlaylist = playlistTags.includes(tag) || (multivariant !== null && document === entry.url);
    evidence.add(isPlaylist ? 'MUST' : 'SHOULD', { url: document, line }, `${tag}: ${uri}`);
  }
}
