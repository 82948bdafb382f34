import { uriLine } from '../hls/carriers.ts';
import type { SeenCarrier } from '../manifest/carrier.ts';
import { isFetched } from '../observe/carrier-probes.ts';
import type { Observation } from '../observe/observation.ts';
import type { Check, Evidence } from './check.ts';
import { statusSeen } from './check.ts';
import { isServed } from './seen.ts';

/** What players ask for as they ask for segments. */
const mediaTags = ['EXT-X-PART', 'EXT-X-PRELOAD-HINT', 'EXT-X-MAP'];

/** Rule 33: what rewrites manifests forgets no URI. */
export const rewritingChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-33',
      severity: 'MUST',
      section: 'rfc8216bis 4.4; ISO/IEC 23009-1 5.3',
      title: 'Every URI leads somewhere, the same way as the others',
    },
    asks: 'Every URI of a manifest, whatever tag, attribute or element carries it, is one and answers; none leaves the host, token or parameter behind that the others keep.',
    judge: (seen, evidence) => {
      for (const carrier of seen.carriers) {
        evidence.look();
        const place = { url: carrier.document, line: carrier.line };
        if (carrier.url === null) evidence.must(place, `${carrier.tag}: not a URI: ${carrier.uri}`);
      }
      judgeAnswers(seen, evidence);
      for (const carriers of Map.groupBy(seen.carriers, ({ document }) => document).values()) {
        judgeCompany(carriers, seen.entry.url, evidence);
      }
      judgeToken(seen, evidence);
    },
  },
];

function judgeAnswers({ carriers, exchanges }: Observation, evidence: Evidence): void {
  for (const carrier of carriers.filter(isFetched)) {
    const answers = exchanges.filter(({ url, finalUrl }) => url === carrier.url || finalUrl === carrier.url);
    const [answer] = answers;
    if (!answer || answers.some((exchange) => isServed({ exchange }))) continue;
    // Keys are for those who may have them.
    if (/-KEY$/.test(carrier.tag) && (answer.status === 401 || answer.status === 403)) continue;
    const place = { url: carrier.document, line: carrier.line };
    evidence.must(place, `${carrier.tag}: ${statusSeen(answer)} for ${carrier.uri}`);
  }
}

/** Within one playlist, parts, hints and init segments go where segments go, with what segments take along. */
function judgeCompany(carriers: readonly SeenCarrier[], entry: string, evidence: Evidence): void {
  const lines = carriers.filter(({ tag }) => tag === uriLine).map(urlOf);
  const hosts = new Set(lines.map((url) => url?.host));
  const given = [...new URL(entry).searchParams.keys()];
  const kept = given.filter((name) => lines.length > 0 && lines.every((url) => url?.searchParams.has(name)));
  for (const carrier of carriers.filter(({ tag }) => mediaTags.includes(tag))) {
    const url = urlOf(carrier);
    if (!url || lines.length === 0) continue;
    const place = { url: carrier.document, line: carrier.line };
    if (!hosts.has(url.host))
      evidence.should(place, `${carrier.tag}: ${url.host}, segments come from ${[...hosts][0]}`);
    const lost = kept.find((name) => !url.searchParams.has(name));
    if (lost !== undefined) evidence.should(place, `${carrier.tag}: without ${lost}, which segments keep`);
  }
}

/** A token in the path of the URL that was asked for: when all but a few URIs of its host keep it, they were forgotten. */
function judgeToken({ carriers, entry }: Observation, evidence: Evidence): void {
  const { host, pathname } = new URL(entry.url);
  const here = carriers.filter((carrier) => urlOf(carrier)?.host === host);
  for (const token of pathname.split('/').slice(0, -1).filter(isOpaque)) {
    const without = here.filter((carrier) => !urlOf(carrier)?.pathname.split('/').includes(token));
    if (without.length * 2 >= here.length) continue;
    for (const { tag, uri, document, line } of without) {
      evidence.should({ url: document, line }, `${tag}: ${uri} leaves ${token.slice(0, 12)}… behind`);
    }
  }
}

/** Long, of letters and digits: nothing that a person would call a folder. */
function isOpaque(segment: string): boolean {
  return segment.length >= 16 && /\d/.test(segment) && /[A-Za-z]/.test(segment);
}

function urlOf({ url }: SeenCarrier): URL | null {
  return url === null ? null : URL.parse(url);
}
