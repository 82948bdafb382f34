import { cacheControlSeen, cacheDirectives, sharedLifetimeS } from '../http/cache-control.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Observation } from '../observe/observation.ts';
import { at, type Check, type Evidence, statusSeen } from './check.ts';
import { allObjects, isServed, probesOf } from './seen.ts';

/** Seconds of media that the manifest keeps. */
function windowS(seen: Observation): number {
  if (seen.kind === 'dash') return seen.snapshots.at(-1)?.mpd.timeShiftBufferDepthS ?? 60;
  const playlist = seen.renditions[0]?.snapshots.at(-1)?.playlist;
  return playlist?.segments.reduce((sum, { durationS }) => sum + durationS, 0) ?? 0;
}

/** Rules 22, 30, 32, 37 and 45 to 48, and CORS: what holds for HLS and DASH alike. */
export const deliveryChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-22',
      severity: 'SHOULD',
      section: 'RFC 8246 (derived)',
      title: 'Segments are immutable and outlive the window',
    },
    asks: 'Segments are `immutable`, with a lifetime of at least the window.',
    judge: (seen, evidence) => {
      const wantedS = Math.floor(windowS(seen));
      for (const object of allObjects(seen)) {
        if (object.kind !== 'segment' || !isServed(object)) continue;
        evidence.look();
        const lifetimeS = sharedLifetimeS(object.exchange);
        if (lifetimeS !== null && lifetimeS >= wantedS && cacheDirectives(object.exchange).has('immutable')) continue;
        evidence.should(at(object.exchange), `${cacheControlSeen(object.exchange)}; immutable for ${wantedS} s asked`);
      }
    },
  },
  {
    ...{
      id: 'rule-30',
      severity: 'MUST',
      section: 'RFC 8673; rfc8216bis 4.4.5.3',
      title: 'A range may end at 2^53 - 1',
    },
    asks: 'Range: bytes=0-9007199254740991 is answered with the whole object, not with an error.',
    judge: (seen, evidence) => {
      for (const { exchange, against } of probesOf(seen, 'range-open')) {
        evidence.look();
        if (!isServed({ exchange })) evidence.must(at(exchange), statusSeen(exchange));
        else if (against && exchange.digest !== against.digest)
          evidence.must(at(exchange), 'other bytes than without Range');
      }
    },
  },
  {
    ...{
      id: 'rule-32',
      severity: 'MUST',
      section: 'RFC 9110 9.3.2, 14',
      title: 'HEAD equals GET, and ranges are right',
    },
    asks: 'HEAD has the status and headers of GET without a body; Range brings the right bytes with 206, or 416 past the end.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'head')) judgeHead(probe.exchange, probe.against, evidence);
      for (const probe of probesOf(seen, 'range')) judgeRange(probe.exchange, probe.against, evidence);
      for (const { exchange } of probesOf(seen, 'range-past-end')) {
        evidence.look();
        if (exchange.status !== 416 && exchange.status !== 200) {
          evidence.should(at(exchange), `${statusSeen(exchange)} for a range past the end; 416 asked`);
        }
      }
    },
  },
  {
    ...{
      id: 'rule-37',
      severity: 'SHOULD',
      section: 'rfc8216bis 6.3.1 (derived)',
      title: 'Manifests are not redirected',
    },
    asks: 'Playlists and MPDs are answered under the URL that was asked for.',
    judge: (seen, evidence) => {
      const purposes = ['playlist', 'blocking-playlist', 'mpd'];
      for (const exchange of [seen.entry, ...seen.exchanges.filter(({ purpose }) => purposes.includes(purpose))]) {
        evidence.look();
        if (exchange.redirects > 0) evidence.should(at(exchange), `redirected to ${exchange.finalUrl}`);
      }
    },
  },
  {
    ...{ id: 'rule-45', severity: 'MUST', section: 'RFC 9111 (derived)', title: 'Two viewers get the same bytes' },
    asks: 'A stored object is byte-identical for every viewer.',
    judge: (seen, evidence) => {
      for (const { exchange, against } of probesOf(seen, 'twin')) {
        evidence.look();
        if (exchange.status !== 200) evidence.must(at(exchange), `${statusSeen(exchange)} the second time`);
        else if (exchange.digest !== against?.digest) evidence.must(at(exchange), 'another body the second time');
      }
    },
  },
  {
    ...{
      id: 'rule-46',
      severity: 'SHOULD',
      section: 'RFC 9110 15.5 (derived)',
      title: 'Refusals can be read by pages and are not kept',
    },
    asks: '401, 403 and 410 have CORS headers and are cached for at most one second.',
    judge: (seen, evidence) => {
      for (const exchange of seen.exchanges.filter(({ status }) => [401, 403, 410].includes(status))) {
        evidence.look();
        const lifetimeS = sharedLifetimeS(exchange);
        const { status } = exchange;
        if (exchange.headers['access-control-allow-origin'] === undefined)
          evidence.should(at(exchange), `${status} without CORS`);
        if (lifetimeS === null || lifetimeS > 1)
          evidence.should(at(exchange), `${status} with ${cacheControlSeen(exchange)}`);
      }
      if (evidence.looked === 0) evidence.say('nothing was answered 401, 403 or 410');
    },
  },
  {
    ...{
      id: 'rule-47',
      severity: 'SHOULD',
      section: 'RFC 9111 3.5 (derived)',
      title: 'An Authorization header changes nothing',
    },
    asks: 'A shared object asked for with Authorization is the same, and may be stored (public, s-maxage or must-revalidate).',
    judge: (seen, evidence) => {
      for (const { exchange, against } of probesOf(seen, 'authorization')) {
        evidence.look();
        const directives = cacheDirectives(exchange);
        const storable = ['public', 's-maxage', 'must-revalidate'].some((name) => directives.has(name));
        if (exchange.status !== 200) evidence.should(at(exchange), `${statusSeen(exchange)} with Authorization`);
        else if (exchange.digest !== against?.digest) evidence.should(at(exchange), 'another body with Authorization');
        else if (!storable)
          evidence.should(at(exchange), `${cacheControlSeen(exchange)}: shared caches must not store it`);
      }
    },
  },
  {
    ...{ id: 'rule-48', severity: 'MUST', section: 'RFC 9111 7.3 (derived)', title: 'No cookies on what caches keep' },
    asks: 'Answers that may be cached set no cookie: everyone would get the same session.',
    judge: (seen, evidence) => {
      for (const exchange of seen.exchanges.filter(({ status }) => status === 200 || status === 206)) {
        evidence.look();
        const directives = cacheDirectives(exchange);
        const isPrivate = directives.has('no-store') || directives.has('private');
        if (exchange.headers['set-cookie'] === undefined || isPrivate) continue;
        evidence.must(at(exchange), `Set-Cookie with ${cacheControlSeen(exchange)}`);
      }
    },
  },
  {
    ...{
      id: 'cors',
      severity: 'SHOULD',
      section: 'Fetch standard 3.2',
      title: 'Every answer can be read by pages, errors too',
    },
    asks: 'Access-Control-Allow-Origin is on every answer.',
    judge: (seen, evidence) => {
      for (const exchange of seen.exchanges.filter(({ status }) => status !== 0)) {
        evidence.look();
        const allowed = exchange.headers['access-control-allow-origin'];
        if (allowed === '*' || allowed === 'https://conformance.invalid') continue;
        evidence.should(at(exchange), `${exchange.status} to ${exchange.method} without Access-Control-Allow-Origin`);
      }
    },
  },
];

function judgeHead(head: Exchange, get: Exchange | null, evidence: Evidence): void {
  if (!get) return;
  evidence.look();
  if (head.status !== get.status) {
    evidence.should(at(head), `HEAD: ${statusSeen(head)}, GET: ${get.status}`);
    return;
  }
  const isManifest = get.purpose !== 'segment';
  const names = [
    'content-type',
    'accept-ranges',
    'access-control-allow-origin',
    ...(isManifest ? [] : ['content-length']),
  ];
  for (const name of names) {
    // RFC 9110 8.6: HEAD may leave a length out that only making the body would tell.
    if (name === 'content-length' && (head.headers[name] === undefined || get.headers[name] === undefined)) continue;
    if (head.headers[name] === get.headers[name]) continue;
    evidence.should(
      at(head),
      `${name}: HEAD says ${head.headers[name] ?? 'nothing'}, GET ${get.headers[name] ?? 'nothing'}`,
    );
  }
  if (isManifest && get.headers['accept-ranges'] === 'bytes') {
    evidence.should(at(get), 'a live manifest with Accept-Ranges: bytes; none asked');
  }
}

function judgeRange(exchange: Exchange, full: Exchange | null, evidence: Evidence): void {
  if (!full || full.sizeBytes === 0) return;
  evidence.look();
  const length = Math.min(100, full.sizeBytes);
  if (exchange.status === 200 && exchange.digest === full.digest) {
    evidence.should(at(exchange), 'Range is ignored');
  } else if (exchange.status !== 206) {
    evidence.should(at(exchange), `${statusSeen(exchange)} for bytes 0-${length - 1}`);
  } else if (
    exchange.sizeBytes !== length ||
    exchange.headers['content-range'] !== `bytes 0-${length - 1}/${full.sizeBytes}`
  ) {
    const seen = `${exchange.sizeBytes} bytes with Content-Range: ${exchange.headers['content-range'] ?? 'none'}`;
    evidence.must(at(exchange), `${seen} for bytes 0-${length - 1} of ${full.sizeBytes}`);
  }
}
