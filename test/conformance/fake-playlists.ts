import { type FakeStream, partS, partsPerSegment, type Rendition, renditions } from './fake-stream.ts';

const windowSegments = 8;
/** Parts are listed in as many segments from the live edge. */
const segmentsWithParts = 3;
const discontinuityEvery = 5;
/** Seconds from the live edge that a delta update leaves alone. */
const skipS = 6;
/** What follows the first sample in a part of the video: four samples of ten bytes. */
const restBytes = 40;

/** The multivariant playlist. */
export function multivariantPlaylist(stream: FakeStream): string {
  const bandwidth = stream.has('hls-bandwidth') ? 1_000 : 500_000;
  const average = stream.has('hls-bandwidth average') ? ',AVERAGE-BANDWIDTH=600000' : '';
  const codec = stream.has('hls-codecs') ? 'avc1.4d401e' : 'avc1.64001f';
  const codecs = stream.has('hls-codecs extra') ? `${codec},hvc1.1.6.L93.B0` : codec;
  const size = stream.has('hls-resolution') ? '1280x720' : '640x360';
  const resolution = stream.has('hls-resolution none') ? '' : `,RESOLUTION=${size}`;
  const soundCaptions = stream.has('hls-captions mixed') ? '"cc"' : 'NONE';
  const captions = stream.has('hls-captions') ? '"cc"' : 'NONE';
  const soundAlone = [
    `#EXT-X-STREAM-INF:BANDWIDTH=14000,CODECS="mp4a.40.2",AUDIO="a",CLOSED-CAPTIONS=${soundCaptions}`,
    'audio/index.m3u8',
  ];
  const elsewhere = stream.has('rule-33 token') ? '/title.json' : 'title.json';
  const title = stream.has('rule-33 uri') ? 'http://[a/title.json' : elsewhere;
  const reserved = stream.has('rule-13 uri') ? '?_HLS_x=1' : '';
  return [
    '#EXTM3U',
    ...(stream.has('rule-36') ? ['#EXT-X-DEFINE:QUERYPARAM="viewer"'] : []),
    `#EXT-X-SESSION-DATA:DATA-ID="invalid.title",URI="${title}"`,
    '#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="a"',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,URI="audio/index.m3u8"',
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${average},CODECS="${codecs},mp4a.40.2"${resolution},AUDIO="a",CLOSED-CAPTIONS=${captions},PATHWAY-ID="a"`,
    'video/index.m3u8',
    ...(stream.has('hls-audio-only') ? [] : soundAlone),
    `#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100000,CODECS="${codec}",RESOLUTION=${size},URI="video/iframes.m3u8${reserved}"`,
    '',
  ].join('\n');
}

/** The I-frame playlist of the video: the first part of each segment as far as its first sample goes. */
export function iframePlaylist(stream: FakeStream): string {
  const { msn: next } = stream.edge();
  const first = Math.max(0, next - windowSegments);
  const lines = [...head(stream, first, 1, false), '#EXT-X-I-FRAMES-ONLY', '#EXT-X-MAP:URI="init.mp4"'];
  for (let msn = first; msn < next; msn++) {
    writeSegmentHead(lines, stream, msn);
    const part = stream.part('video', msn, 0).length;
    const range = `#EXT-X-BYTERANGE:${part - restBytes}@${stream.has('hls-iframes') ? part : 0}`;
    lines.push('#EXTINF:1.00000,', stream.isGap(msn) ? '#EXT-X-GAP' : range, `${msn}.m4s`);
  }
  if (stream.shape === 'ended') lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

export interface PlaylistView {
  /** Media seconds up to which it is written. */
  readonly lengthS: number;
  /** As a delta update. */
  readonly skip: 'YES' | 'v2' | null;
}

/** A media playlist of so many seconds of the stream. */
export function mediaPlaylist(stream: FakeStream, rendition: Rendition, { lengthS, skip }: PlaylistView): string {
  const { shape } = stream;
  const lowLatency = shape === 'low-latency' || shape === 'ranges';
  const { msn: next, part } = stream.edge(lengthS);
  const first = Math.max(0, next - (stream.has('hls-window') ? 2 : windowSegments));
  const boundary = stream.has('rule-12') || stream.has('rule-12 few') ? 3 : skipS;
  const skipped = skip ? Math.max(0, next - first - boundary) : 0;
  const lines = head(stream, first, lengthS, lowLatency);
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}${removedRanges(stream, first, lengthS, skip)}`);
  lines.push('#EXT-X-MAP:URI="init.mp4"');
  if (lowLatency) writeDateRanges(lines, stream, { first, next, lengthS, skip });
  for (let msn = first + skipped; msn < next; msn++) {
    writeSegmentHead(lines, stream, msn);
    const withParts = lowLatency && msn >= next - segmentsWithParts;
    if (withParts) for (let p = 0; p < partsPerSegment; p++) lines.push(partLine(stream, rendition, msn, p));
    if (stream.isGap(msn)) lines.push('#EXT-X-GAP');
    lines.push(`#EXTINF:${extinf(stream, msn, next - msn)},`, `${msn}.m4s`);
  }
  if (lowLatency) writeEdge(lines, stream, rendition, next, part);
  if (shape === 'ended') {
    if (stream.has('rule-09')) lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${next}.0.m4s"`);
    lines.push('#EXT-X-ENDLIST');
  }
  return `${lines.join('\n')}\n`;
}

/** Every other segment has a date range, which comes and goes with it. */
function hasRange(msn: number): boolean {
  return msn % 2 === 1;
}

interface RangeView extends PlaylistView {
  readonly first: number;
  readonly next: number;
}

function writeDateRanges(lines: string[], stream: FakeStream, { first, next, lengthS, skip }: RangeView): void {
  if (skip === 'YES' && stream.has('rule-12 ranges')) return;
  for (let msn = first; msn < next; msn++) {
    const isOld = skip === 'v2' && msn + 1 <= lengthS - skipS && !stream.has('rule-12 kept');
    if (!hasRange(msn) || isOld) continue;
    const start = new Date(stream.startMs + msn * 1000).toISOString();
    lines.push(`#EXT-X-DATERANGE:ID="r${msn}",START-DATE="${start}",DURATION=1,X-ASSET-LIST="../assets.json"`);
  }
}

/** Those that left since the skip boundary: a range leaves when the window has moved past its segment. */
function removedRanges(stream: FakeStream, first: number, lengthS: number, skip: PlaylistView['skip']): string {
  if (skip !== 'v2' || stream.has('rule-12 v2')) return '';
  const ids: string[] = [];
  for (let msn = Math.max(0, first - skipS); msn < first; msn++) {
    const leftS = msn + 1 + windowSegments;
    if (hasRange(msn) && leftS > lengthS - skipS) ids.push(`r${msn}`);
  }
  return `,RECENTLY-REMOVED-DATERANGES="${stream.has('rule-12 removed') ? '' : ids.join('\t')}"`;
}

function head(stream: FakeStream, first: number, lengthS: number, lowLatency: boolean): string[] {
  const isLate = stream.watchedS > 2;
  const target = stream.has('hls-target-duration') && isLate ? 2 : 1;
  const passed = stream.has('hls-discontinuity-sequence') ? 0 : Math.ceil(first / discontinuityEvery);
  const moved = stream.has('hls-media-sequence') && isLate ? 1 : 0;
  const lines = [stream.has('hls-parse') ? '#EXT' : '#EXTM3U', '#EXT-X-VERSION:9', `#EXT-X-TARGETDURATION:${target}`];
  if (lowLatency) {
    const until = `CAN-SKIP-UNTIL=${stream.has('rule-12') ? 3 : skipS},CAN-SKIP-DATERANGES=YES`;
    const hold = `HOLD-BACK=${stream.has('rule-38 hold') ? 2 : 3}${partHoldBack(stream)}`;
    lines.push(`#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,${until},${hold}`);
    const target = stream.has('rule-39') ? 0.15 : stream.has('rule-39 short') ? 0.3 : partS;
    lines.push(`#EXT-X-PART-INF:PART-TARGET=${target}`);
  }
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${first + moved}`, `#EXT-X-DISCONTINUITY-SEQUENCE:${passed}`);
  lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  return lengthS > 0 ? lines : [];
}

function partHoldBack(stream: FakeStream): string {
  if (stream.has('rule-38 none')) return '';
  if (stream.has('rule-38')) return ',PART-HOLD-BACK=0.3';
  return `,PART-HOLD-BACK=${stream.has('rule-38 near') ? 0.5 : 0.9}`;
}

function writeSegmentHead(lines: string[], stream: FakeStream, msn: number): void {
  if (msn % discontinuityEvery === 0) lines.push('#EXT-X-DISCONTINUITY');
  if (stream.has('rule-39 dates')) return;
  const aheadMs = stream.has('hls-program-date-time ahead') ? 10_000 : 0;
  const wrongMs = stream.has('hls-program-date-time') && msn % 4 === 2 ? 700 : aheadMs;
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(stream.startMs + msn * 1000 + wrongMs).toISOString()}`);
}

/** `age` counts segments from the live edge. */
function extinf(stream: FakeStream, msn: number, age: number): string {
  if (stream.has('hls-target-duration long') && msn % 4 === 1) return '1.60000';
  if (stream.has('hls-durations')) return '1.30000';
  return stream.has('hls-segments-constant') && age > 4 ? '1.01000' : '1.00000';
}

function partLine(stream: FakeStream, rendition: Rendition, msn: number, part: number): string {
  const independent = rendition === 'audio' || part === 0 ? ',INDEPENDENT=YES' : '';
  const length = stream.part(rendition, msn, part).length;
  const range = `,BYTERANGE="${length}@${part * length}"`;
  const uri = stream.shape === 'ranges' ? `"${msn}.m4s"${range}` : `"${msn}.${part}.m4s"`;
  return `#EXT-X-PART:DURATION=${partS},URI=${uri}${independent}`;
}

function writeEdge(lines: string[], stream: FakeStream, rendition: Rendition, next: number, part: number): void {
  if (part >= 0) writeSegmentHead(lines, stream, next);
  for (let p = 0; p <= part; p++) lines.push(partLine(stream, rendition, next, p));
  const alias = stream.has('rule-35') ? 'soon-' : '';
  if (stream.shape === 'low-latency') {
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${alias}${next}.${part + 1}.m4s"`);
  }
  const ahead = stream.has('hls-rendition-reports') ? 5 : stream.has('hls-rendition-reports behind') ? -4 : 0;
  for (const other of renditions.filter((one) => one !== rendition && !stream.has('rule-34 missing'))) {
    const uri = stream.has('rule-34') ? `//${absoluteHost}/${other}/index.m3u8` : `../${other}/index.m3u8`;
    const last = part >= 0 ? { msn: next, part } : { msn: next - 1, part: partsPerSegment - 1 };
    lines.push(`#EXT-X-RENDITION-REPORT:URI="${uri}",LAST-MSN=${last.msn + ahead},LAST-PART=${last.part}`);
  }
}

/** Put in place of the server's own address with its token, which the writer does not know. */
export const absoluteHost = 'host.invalid';
