import { expect, test } from 'vitest';
import { narrowFilter } from '../../../../workers/manifest/rendition-filter.ts';
import { hls } from '../../../support/manifests.ts';

const ladder = `#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="hi",NAME="a, b",DEFAULT=YES,URI="a2/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="lo",NAME="c",DEFAULT=YES,URI="a1/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="en",URI="s/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="hvc1.1.6.L120.90,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="hi",SUBTITLES="subs"
v1080/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="hi",CLOSED-CAPTIONS=NONE
# this one is for most
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.640015,mp4a.40.2",RESOLUTION=426x240,AUDIO="lo"
v240/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=200000,RESOLUTION=1280x720,CODECS="avc1.64001f",URI="i720/index.m3u8"
#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=9000,RESOLUTION=160x90,CODECS="jpeg",URI="tiles.m3u8"
`;

test('variants go, and groups that nobody uses any longer', () => {
  expect(hls(ladder, { filter: { maxHeight: 360 } })).toBe(`#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="lo",NAME="c",DEFAULT=YES,URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.640015,mp4a.40.2",RESOLUTION=426x240,AUDIO="lo"
v240/index.m3u8
#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=9000,RESOLUTION=160x90,CODECS="jpeg",URI="tiles.m3u8"
`);
});

const urisOf = (text: string) => [...text.matchAll(/^v\d+/gm)].map(([uri]) => uri);

test.each([
  [{ maxHeight: 720 }, ['v720', 'v240']],
  [{ minHeight: 720 }, ['v1080', 'v720']],
  [{ maxBitrate: 3_000_000 }, ['v720', 'v240']],
  [{ codecs: ['avc'] }, ['v720', 'v240']],
  [{ codecs: ['aac'] }, ['v1080', 'v720', 'v240']],
  [{ codecs: ['hevc', 'aac'] }, ['v1080']],
  [{ codecs: ['avc', 'hevc', 'opus'] }, ['v240']],
  [{ maxHeight: 100 }, ['v240']],
  [{ maxBitrate: 1, codecs: ['hevc'] }, ['v1080']],
  [{ codecs: ['av1'] }, ['v240']],
] as const)('%j keeps %j', (filter, kept) => {
  expect(urisOf(hls(ladder, { filter }))).toEqual(kept);
});

test('what a token allows bounds what a viewer asks', () => {
  const allowed = { maxHeight: 720, codecs: ['avc', 'hevc'] } as const;
  expect(narrowFilter({}, allowed)).toEqual(allowed);
  expect(narrowFilter({ maxHeight: 1_080, maxBitrate: 9, codecs: ['avc', 'av1'] }, allowed)).toEqual({
    maxHeight: 720,
    maxBitrate: 9,
    codecs: ['avc'],
  });
  expect(narrowFilter({ maxHeight: 240, minHeight: 100, codecs: ['av1'] }, { ...allowed, minHeight: 200 })).toEqual({
    maxHeight: 240,
    minHeight: 200,
    codecs: ['avc', 'hevc'],
  });
});

test('audio of its own passes a filter of heights, and pictures stay all the same', () => {
  const sound = `${ladder}#EXT-X-STREAM-INF:BANDWIDTH=130000,CODECS="mp4a.40.2"\na/index.m3u8\n`;
  const text = hls(sound, { filter: { maxHeight: 100 } });
  expect(text).toContain('a/index.m3u8');
  expect(urisOf(text)).toEqual(['v240']);
});

test('a multivariant playlist hands the query on to playlists alone', () => {
  const text = hls(
    `#EXTM3U
#EXT-X-SESSION-DATA:DATA-ID="d",URI="d.json"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a.m3u8?x=1"
#EXT-X-STREAM-INF:BANDWIDTH=1
/v.m3u8#part
#EXT-X-STREAM-INF:BANDWIDTH=2
https://Other.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3
https://origin.example:8443/v.m3u8?y
`,
    { carry: { root: '/t/k', query: 'll=0&start=1', hosts: { 'https://origin.example:8443': '/t/k' } } },
  );
  expect(text).toBe(`#EXTM3U
#EXT-X-SESSION-DATA:DATA-ID="d",URI="d.json"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a.m3u8?x=1&ll=0&start=1"
#EXT-X-STREAM-INF:BANDWIDTH=1
/t/k/v.m3u8?ll=0&start=1#part
#EXT-X-STREAM-INF:BANDWIDTH=2
https://Other.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3
/t/k/v.m3u8?y&ll=0&start=1
`);
});

test('media may come from another host; reports stay relative, and a hint is the part that it announces (rules 34, 35)', () => {
  const text = hls(
    `#EXTM3U
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PART:DURATION=0.2,URI="10.0.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="10.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=10
`,
    { carry: { prefix: 'https://cdn.example/b/1/v/', query: 'll=1' } },
  );
  expect(text).toBe(`#EXTM3U
#EXT-X-MAP:URI="https://cdn.example/b/1/v/init.mp4"
#EXT-X-PART:DURATION=0.2,URI="https://cdn.example/b/1/v/10.0.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="https://cdn.example/b/1/v/10.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8?ll=1",LAST-MSN=10
`);
});

test('a token goes in front of what a first playlist names, in the form of a path', () => {
  const text = hls('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv720/index.m3u8\n', {
    carry: { prefix: '../../t/abc.def/b/b_1/' },
  });
  expect(text).toBe('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n../../t/abc.def/b/b_1/v720/index.m3u8\n');
});

test('variables: what a playlist defines itself is known, what it imports is left alone', () => {
  const text = hls(
    `#EXTM3U
#EXT-X-DEFINE:NAME="dir",VALUE="media"
#EXT-X-DEFINE:NAME="cdn",VALUE="https://cdn.example"
#EXT-X-DEFINE:IMPORT="auth"
{$dir}/1.ts
{$cdn}/2.ts
{$auth}/3.ts
4.ts?{$auth}
`,
    { carry: { prefix: 'p/' } },
  );
  expect(text.split('\n').slice(4, -1)).toEqual(['p/{$dir}/1.ts', '{$cdn}/2.ts', '{$auth}/3.ts', 'p/4.ts?{$auth}']);
});

test('every variant on every pathway, with groups of its own', () => {
  const pathways = {
    serverUri: '/steering/b_1.json',
    list: [
      { id: 'fra', base: '' },
      { id: 'ams', base: 'https://ams.example/b/b_1/' },
    ],
  };
  const text = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,AUDIO="a"
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=426x240,AUDIO="a"
v240/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,RESOLUTION=1280x720,URI="i/index.m3u8"`;
  const options = { pathways, filter: { maxHeight: 360 }, carry: { prefix: '../../b/b_1/', query: 'll=0' } };
  expect(hls(text, options)).toBe(`#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/steering/b_1.json",PATHWAY-ID="fra"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="../../b/b_1/a1/index.m3u8?ll=0"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a.ams",NAME="a",URI="https://ams.example/b/b_1/a1/index.m3u8?ll=0"
#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=426x240,AUDIO="a",PATHWAY-ID="fra"
../../b/b_1/v240/index.m3u8?ll=0
#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=426x240,AUDIO="a.ams",PATHWAY-ID="ams"
https://ams.example/b/b_1/v240/index.m3u8?ll=0
`);
  const steered = '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="s"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n';
  expect(hls(steered, { pathways })).toBe(steered);
});

test('old players get no low-latency tags, and nothing that dangles', () => {
  // In the shape of MediaMTX, with an advertisement in the segment that is being made.
  const text = hls(
    `#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.50000,CAN-SKIP-UNTIL=24.00000,CAN-SKIP-DATERANGES=YES
#EXT-X-PART-INF:PART-TARGET=0.20000
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="e1_video1_init.mp4"
#EXT-X-GAP
#EXTINF:4.00000,
gap.mp4
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="e1_video1_part1.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="e1_video1_part2.mp4",BYTERANGE="100@0",GAP=YES
#EXTINF:4.00000,
e1_video1_seg8.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="other.mp4"
#EXT-X-DATERANGE:ID="1",START-DATE="2026-11-21T12:00:04Z",SCTE35-OUT=0xFC
#EXT-X-CUE-OUT:30
#EXT-X-PART:DURATION=0.20000,URI="e1_video1_part3.mp4"
#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="next.mp4"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="e1_video1_part4.mp4"
#EXT-X-RENDITION-REPORT:URI="audio2_stream.m3u8",LAST-MSN=9
`,
    { lowLatency: false },
  );
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="e1_video1_init.mp4"
#EXT-X-GAP
#EXTINF:4.00000,
gap.mp4
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:00.000Z
#EXTINF:4.00000,
e1_video1_seg8.mp4
#EXT-X-DATERANGE:ID="1",START-DATE="2026-11-21T12:00:04Z",SCTE35-OUT=0xFC
#EXT-X-CUE-OUT:30
`);
  expect(hls('#EXTM3U\n#EXT-X-SERVER-CONTROL:PART-HOLD-BACK=1\n#EXTINF:1,\n1.ts\n', { lowLatency: false })).toBe(
    '#EXTM3U\n#EXTINF:1,\n1.ts\n',
  );
  expect(hls('#EXTM3U\n#EXT-X-SKIP:SKIPPED-SEGMENTS=9\n#EXTINF:1,\n1.ts\n', { lowLatency: false })).toBe(
    '<delta_update>',
  );
});
