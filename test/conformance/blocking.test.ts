import { expect, it } from 'vitest';
import { readMediaPlaylist } from '../../conformance/hls/media-playlist.ts';
import type { HlsObservation } from '../../conformance/observe/observation.ts';
import { blockingChecks } from '../../conformance/rules/blocking.ts';
import { Evidence } from '../../conformance/rules/check.ts';

const url = 'http://h/index.m3u8';
const head = ['#EXTM3U', '#EXT-X-TARGETDURATION:1', '#EXT-X-PART-INF:PART-TARGET=0.2', '#EXT-X-MEDIA-SEQUENCE:7'];
const part = (name: string) => `#EXT-X-PART:DURATION=0.2,URI="${name}"`;
const read = (lines: readonly string[]) => readMediaPlaylist([...head, ...lines].join('\n'), url);

/** What rule 3 says of a request for part 40 of segment 7, of which one was there, when the answer is a playlist. */
function judge(lines: readonly string[], tookMs: number): string[] {
  const exchange = { url, status: 200, requestedAtMs: 0, endedAtMs: tookMs };
  const probe = {
    name: 'part-too-far',
    exchange,
    playlist: read(lines),
    before: read([part('7.0')]),
    msn: 7,
    part: 40,
  };
  const evidence = new Evidence();
  const check = blockingChecks.find(({ id }) => id === 'rule-03');
  check?.judge({ probes: [probe] } as unknown as HlsObservation, evidence);
  return evidence.findings.map(({ seen }) => seen);
}

const held = ['status 200 instead of 400'];
const finished = [part('7.0'), '#EXTINF:0.2,', '7'];

it.each([
  ['whose segment goes on', [part('7.0'), part('7.1')], 200, held],
  ['whose segment was finished meanwhile', [...finished, part('8.0')], 250, []],
  ['that was held until its segment was finished', [...finished, part('8.0')], 1_200, held],
  ['whose run ended, until the next one began', [...finished, '#EXT-X-DISCONTINUITY', part('8.0')], 3_000, []],
  ['of a run that ended before', ['#EXT-X-DISCONTINUITY', ...finished, part('8.0')], 3_000, held],
])('a part far ahead %s', (_, lines, tookMs, seen) => {
  expect(judge(lines, tookMs)).toEqual(seen);
});
