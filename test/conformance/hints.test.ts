import { expect, it } from 'vitest';
import { readMediaPlaylist } from '../../conformance/hls/media-playlist.ts';
import type { Exchange } from '../../conformance/http/exchange.ts';
import type { HlsObservation } from '../../conformance/observe/observation.ts';
import { Evidence } from '../../conformance/rules/check.ts';
import { hintChecks } from '../../conformance/rules/hints.ts';

const url = 'http://h/index.m3u8';
const head = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', '#EXT-X-PART-INF:PART-TARGET=0.5', '#EXT-X-MEDIA-SEQUENCE:7'];
const part = (name: string) => `#EXT-X-PART:DURATION=0.5,URI="${name}"`;
const hint = (name: string) => `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name}"`;

/** What rule 35 says of two versions of a playlist, one after the other. */
function judge(...versions: string[][]): Evidence {
  const snapshots = versions.map((lines) => ({
    playlist: readMediaPlaylist([...head, ...lines].join('\n'), url),
    exchange: { url } as Exchange,
    asked: null,
  }));
  const evidence = new Evidence();
  const check = hintChecks.find(({ id }) => id === 'rule-35');
  check?.judge({ renditions: [{ snapshots }] } as unknown as HlsObservation, evidence);
  return evidence;
}

it.each([
  ['comes true in the segment', [part('7.0'), part('7.1')], 1, []],
  ['turns out to be the next segment’s first', [part('7.0'), '#EXTINF:0.5,', '7', part('7.1')], 1, []],
  ['is another', [part('7.0'), part('x')], 1, ['hinted was 7.1 (line 6 before), listed is x']],
  ['is not there yet', [part('7.0')], 0, []],
  ['went with the run', [part('7.0'), '#EXTINF:0.5,', '7', '#EXT-X-DISCONTINUITY', part('8.0')], 0, []],
  ['cannot be told: the tags have left', ['#EXTINF:0.5,', '7', part('8.0')], 0, []],
])('a hint that %s', (_, lines, looked, seen) => {
  const evidence = judge([part('7.0'), hint('7.1')], lines);
  expect(evidence.looked).toBe(looked);
  expect(evidence.findings.map((finding) => finding.seen)).toEqual(seen);
});
