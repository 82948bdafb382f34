import { expect, it } from 'vitest';
import { readMediaPlaylist } from '../../conformance/hls/media-playlist.ts';
import type { HlsObservation } from '../../conformance/observe/observation.ts';
import { Evidence } from '../../conformance/rules/check.ts';
import { hintChecks } from '../../conformance/rules/hints.ts';
import { mergingChecks } from '../../conformance/rules/merging.ts';
import { partChecks } from '../../conformance/rules/parts.ts';

/** What a check of parts or hints says of a rendition. */
function judge(id: string, rendition: object): string[] {
  const evidence = new Evidence();
  const check = [...partChecks, ...hintChecks].find((one) => one.id === id);
  const seen = { renditions: [{ objects: new Map(), ...rendition }], probes: [] };
  check?.judge(seen as unknown as HlsObservation, evidence);
  return evidence.findings.map((finding) => finding.seen);
}

const head = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXT-X-PART-INF:PART-TARGET=0.5'];

function snapshotOf(...lines: string[]) {
  const playlist = readMediaPlaylist([...head, ...lines].join('\n'), 'http://h/v.m3u8');
  return { playlist, exchange: { url: 'http://h/v.m3u8' }, asked: null };
}

it.each([
  ['CAN-SKIP-UNTIL=12,', 61, []],
  ['', 60, []],
  ['', 61, ['no delta updates for a window of 122 s']],
])('rule 39: with %s and %i segments of two seconds', (skip, segments, said) => {
  const control = `#EXT-X-SERVER-CONTROL:${skip}CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=2`;
  const listed = Array.from({ length: segments }, (_, msn) => `#EXTINF:2,\n${msn}`);
  const dated = '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z';
  expect(judge('rule-39', { snapshots: [snapshotOf(control, dated, ...listed)] })).toEqual(said);
});

it.each([
  ['', '', ['part 0: 0.3 s, less than 85 % of PART-TARGET 0.5 s']],
  [',INDEPENDENT=YES', '', []],
  [',GAP=YES', '', []],
  ['', ',GAP=YES', []],
])('rule 39: a short part%s, and one after it%s', (first, second, said) => {
  const part = (uri: number, more: string) => `#EXT-X-PART:DURATION=0.3,URI="${uri}"${more}`;
  const last = '#EXT-X-PART:DURATION=0.5,URI="2"';
  const dated = '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z';
  const rest = second === '' ? [last] : [part(1, second), last];
  expect(judge('rule-39', { snapshots: [snapshotOf(dated, part(0, first), ...rest)] })).toEqual(said);
});

it.each([
  [404, 100, ['status 404 for a hint that came true']],
  [503, 100, ['status 503 for a hint that came true']],
  [503, 6_000, []],
])('rule 28: %i after %i ms for a part that was listed later', (status, endedAtMs, said) => {
  const url = 'http://h/7.0';
  const exchange = { url, status, requestedAtMs: 0, endedAtMs };
  const objects = new Map([[url, { url, hinted: true, exchange }]]);
  const snapshots = [snapshotOf('#EXT-X-PART:DURATION=0.5,URI="7.0"')];
  expect(judge('rule-28', { objects, snapshots })).toEqual(said);
});

it.each([
  [900, []],
  [1_500, ['the last had it 1.5 s after the first']],
])('rule 25: five who waited for the same, the last answered %i ms after the first', (apartMs, said) => {
  const exchangeOf = (endedAtMs: number) => ({
    url: 'http://h/v.m3u8?_HLS_msn=7',
    status: 200,
    digest: 'a',
    endedAtMs,
  });
  const probes = [0, 0, 0, 0, apartMs].map((endedAtMs) => ({ name: 'crowd', exchange: exchangeOf(endedAtMs) }));
  const evidence = new Evidence();
  mergingChecks[0]?.judge({ probes } as unknown as HlsObservation, evidence);
  expect(evidence.findings.map(({ seen }) => seen)).toEqual(said);
});
