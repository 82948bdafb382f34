import { writeMpd } from '#shared/dash/mpd.ts';
import { rewriteHls } from '../workers/manifest/hls/rewrite.ts';
import { splitHls } from '../workers/manifest/hls/template.ts';
import { rewriteMpd } from '../workers/manifest/mpd/rewrite.ts';
import { splitMpd } from '../workers/manifest/mpd/template.ts';
import type { RewriteOptions } from '../workers/manifest/options.ts';

/**
 * What rewriting a manifest costs: the scan of each new version, and each text made out of it. A live low-latency
 * playlist of sixty lines, and two hours of segments.
 */

const zeroMs = Date.UTC(2026, 10, 21, 12);
const segmentS = 2;

/** Complete segments from `first` on, the last two with parts, and the live edge. */
function playlist(first: number, segments: number): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', '#EXT-X-TARGETDURATION:2'];
  lines.push('#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=0.8,HOLD-BACK=6');
  lines.push('#EXT-X-PART-INF:PART-TARGET=0.2', `#EXT-X-MEDIA-SEQUENCE:${first}`, '#EXT-X-INDEPENDENT-SEGMENTS');
  lines.push('#EXT-X-MAP:URI="init-0.mp4"');
  for (let msn = first; msn < first + segments; msn++) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(zeroMs + 1_000 * segmentS * msn).toISOString()}`);
    const hasParts = msn >= first + segments - 2;
    for (let part = 0; hasParts && part < 10; part++) {
      lines.push(`#EXT-X-PART:DURATION=0.20000,URI="${msn}.${part}.m4s"${part === 0 ? ',INDEPENDENT=YES' : ''}`);
    }
    lines.push('#EXTINF:2.00000,', `${msn}.m4s`);
  }
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${first + segments}.0.m4s"`);
  lines.push('#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=9,LAST-PART=9');
  return `${lines.join('\n')}\n`;
}

function presentation(segments: number): string {
  const rendition = { kind: 'video', name: 'v720', codec: 'avc1.64001f', width: 1280, height: 720 } as const;
  const video = { ...rendition, frameRate: 30, bitrate: 2_500_000, passthrough: true };
  const ticks = (msn: number) => 900_000 + msn * 90_000 * segmentS + (msn % 2); // uneven: one S for each
  const list = Array.from({ length: segments }, (_, msn) => ({
    msn,
    startTicks: ticks(msn),
    durationTicks: ticks(msn + 1) - ticks(msn),
  }));
  const shape = { bandwidth: 2_700_000, timescale: 90_000, initNumber: 0, lowLatency: null };
  const member = { ...shape, rendition: video, segments: list, presentationTimeOffsetTicks: 900_000 };
  return writeMpd({
    periods: [{ id: 'p0', startS: 0, captions: [], representations: [member] }],
    availabilityStartMs: zeroMs,
    publishMs: zeroMs,
    segmentTargetS: segmentS,
    timeShiftBufferDepthS: 7_200,
    suggestedPresentationDelayS: 4,
    minimumUpdatePeriodS: 1,
    maxSegmentDurationS: 3,
    lowLatency: false,
    durationS: null,
    clockUri: '/time',
  });
}

/** Median of many rounds, µs for one; flattens each text as sending it would. */
function measure(name: string, work: () => string, perRound: number): void {
  const timesUs: number[] = [];
  let sizeChars = 0;
  for (let round = 0; round < 31; round++) {
    const started = performance.now();
    for (let i = 0; i < perRound; i++) {
      const text = work();
      sizeChars = text.length + (text.charCodeAt(text.length >> 1) & 0);
    }
    timesUs.push(((performance.now() - started) * 1_000) / perRound);
  }
  timesUs.sort((a, b) => a - b);
  const value = (timesUs[15] ?? 0).toFixed(1);
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(9)} µs ${(sizeChars / 1_000).toFixed(1).padStart(8)} kB\n`);
}

const token = { carry: { prefix: `../../t/${'k'.repeat(120)}/b/b_0000000000abcdefghjk/v720/` } };
const range = (startS: number, endS: number | null): RewriteOptions => ({
  range: { base: 'clock', startMs: zeroMs + 1_000 * startS, endMs: endS === null ? null : zeroMs + 1_000 * endS },
});

function measurePlaylist(name: string, text: string, endS: number, perRound: number): void {
  const template = splitHls(text);
  const write = (options: RewriteOptions) => () => {
    const made = rewriteHls(template, options);
    return typeof made === 'string' ? made : made.text;
  };
  measure(`${name}: scan`, () => splitHls(text).text, perRound);
  measure(`${name}: token carried`, write(token), perRound);
  measure(`${name}: without low latency`, write({ lowLatency: false }), perRound);
  measure(`${name}: closed slice`, write(range(endS - 20, endS - 5)), perRound);
  measure(`${name}: from a start on`, write(range(endS - 20, null)), perRound);
}

measurePlaylist('live playlist of 60 lines', playlist(3_600, 10), 7_220, 200);
measurePlaylist('playlist of two hours', playlist(0, 3_600), 7_200, 3);
const text = presentation(3_600);
const template = splitMpd(text);
const writeSlice = (options: RewriteOptions) => () => {
  const made = rewriteMpd(template, options, zeroMs + 7_200_000);
  return typeof made === 'string' ? made : made.text;
};
measure('MPD of two hours: scan', () => splitMpd(text).text, 3);
measure('MPD of two hours: token carried', writeSlice(token), 3);
measure('MPD of two hours: closed slice', writeSlice(range(7_000, 7_100)), 3);
