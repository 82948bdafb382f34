import { expect, test } from 'vitest';
import { between, hls } from '../../../support/manifests.ts';

/** A live low-latency playlist in the shape that our origin writes. */
const live = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=0.8,HOLD-BACK=6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:10
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:20.000Z
#EXTINF:2.00000,
10.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:22.000Z
#EXTINF:2.00000,
11.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:24.000Z
#EXTINF:2.00000,
12.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:26.000Z
#EXT-X-PART:DURATION=1.00000,URI="13.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1.00000,URI="13.1.m4s"
#EXTINF:2.00000,
13.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:28.000Z
#EXT-X-PART:DURATION=0.20000,URI="14.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="14.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=14,LAST-PART=0
`;

test('a closed slice is a playlist of type VOD with the tags in force, exact to the segment', () => {
  expect(hls(live, between(23, 24.5))).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:11
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-START:TIME-OFFSET=1,PRECISE=YES
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:22.000Z
#EXTINF:2.00000,
11.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:24.000Z
#EXTINF:2.00000,
12.m4s
#EXT-X-ENDLIST
`);
});

test('bounds on segment bounds take no neighbour along; parts go; discontinuities passed are counted', () => {
  expect(hls(live, between(26, 28))).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:13
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:26.000Z
#EXTINF:2.00000,
13.m4s
#EXT-X-ENDLIST
`);
});

test('a slice whose end lies ahead is live, blocks, offers no delta update, and begins at its start', () => {
  expect(hls(live, between(26.5, 60))).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.8,HOLD-BACK=6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:13
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=0.5,PRECISE=YES
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:26.000Z
#EXT-X-PART:DURATION=1.00000,URI="13.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1.00000,URI="13.1.m4s"
#EXTINF:2.00000,
13.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:28.000Z
#EXT-X-PART:DURATION=0.20000,URI="14.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="14.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=14,LAST-PART=0
`);
});

test('without low latency an open slice has complete segments only, and its report’s query comes along', () => {
  const options = { ...between(26.5, null), lowLatency: false, carry: { query: 'll=0', prefix: '../x/' } };
  expect(hls(live, options)).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6
#EXT-X-MEDIA-SEQUENCE:13
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=0.5,PRECISE=YES
#EXT-X-MAP:URI="../x/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:26.000Z
#EXTINF:2.00000,
../x/13.m4s
`);
});

test('outside of the window there is a reason instead of a text', () => {
  expect(hls(live, between(29, 40))).toBe('<not_yet>');
  expect(hls(live, between(5, 20))).toBe('<gone>');
  expect(hls(`${live}#EXT-X-ENDLIST\n`, between(50, 60))).toBe('<past_end>');
  expect(hls(live.replace(/#EXT-X-PROGRAM-DATE-TIME.*\n/g, ''), between(22, 24))).toBe('<no_clock>');
  const seconds = { range: { base: 'timeline', startMs: 2_000, endMs: 4_000 } } as const;
  expect(hls(live, seconds)).toBe('<beginning_unknown>');
  expect(hls(live.replace('#EXT-X-MAP', '#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-MAP'), between(22, 24))).toBe(
    '<delta_update>',
  );
  expect(hls('#EXTM3U\n#EXT-X-TARGETDURATION:2\n', between(22, 24))).toBe('<not_yet>');
});

/** In the shape of nginx-rtmp: version 3, MPEG-TS, no dates; lines end as on Windows. */
const plain = [
  '#EXTM3U',
  '#EXT-X-VERSION:3',
  '#EXT-X-MEDIA-SEQUENCE:0',
  '#EXT-X-TARGETDURATION:5',
  '#EXTINF:5.000,',
  'movie-0.ts',
  '#EXTINF:4.800,',
  'movie-1.ts',
  '#EXT-X-DISCONTINUITY',
  '#EXTINF:5.000,',
  'movie-2.ts',
  '',
].join('\r\n');

test('seconds count from the beginning where there is no clock; line ends stay', () => {
  expect(hls(plain, { range: { base: 'timeline', startMs: 5_000, endMs: 9_800 } })).toBe(
    [
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-MEDIA-SEQUENCE:1',
      '#EXT-X-TARGETDURATION:5',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXTINF:4.800,',
      'movie-1.ts',
      '#EXT-X-ENDLIST',
      '',
    ].join('\r\n'),
  );
});

/** In the shape of Apple's examples: one file with byte ranges, keys with an IV, an advertisement, strange tags. */
const vod = `#EXTM3U
#EXT-X-TARGETDURATION:10
#EXT-X-VERSION:7
#EXT-X-PLAYLIST-TYPE:EVENT
# a comment, with "quotes" and URI="nothing"
#EXT-X-MAP:URI="main.mp4",BYTERANGE="719@0"
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://a,b",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"
#EXT-X-KEY:METHOD=AES-128,URI="key?id=1,2",IV=0x0123456789ABCDEF0123456789ABCDEF
#EXT-X-BITRATE:900
#EXTINF:10,one, two
#EXT-X-BYTERANGE:1000@719
main.mp4
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T13:00:10.000+0100
#EXT-X-DATERANGE:ID="past",START-DATE="2026-11-21T12:00:00Z",DURATION=5
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",PLANNED-DURATION=15,SCTE35-OUT=0xFC002F,X-ASSET-URI="ad.m3u8"
#EXT-X-CUE-OUT:15
#EXTINF:10,
#EXT-X-BYTERANGE:2000
main.mp4
#EXT-X-VENDOR:odd="1,2",URI="stays"
#EXTINF:10,
#EXT-X-BYTERANGE:3000
main.mp4
#EXT-X-CUE-IN
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",DURATION=15,SCTE35-IN=0xFC002A
#EXT-X-KEY:METHOD=NONE
#EXTINF:10,
#EXT-X-BYTERANGE:4000
main.mp4
#EXT-X-ENDLIST
`;

test('keys, map, byte range, bitrate and dates of what was cut away are stated anew; ads stay', () => {
  expect(hls(vod, { ...between(25, 30), carry: { prefix: 'm/' } })).toBe(`#EXTM3U
#EXT-X-TARGETDURATION:10
#EXT-X-VERSION:7
# a comment, with "quotes" and URI="nothing"
#EXT-X-MEDIA-SEQUENCE:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-START:TIME-OFFSET=5,PRECISE=YES
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",PLANNED-DURATION=15,SCTE35-OUT=0xFC002F,X-ASSET-URI="m/ad.m3u8"
#EXT-X-MAP:URI="m/main.mp4",BYTERANGE="719@0"
#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://a,b",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"
#EXT-X-KEY:METHOD=AES-128,URI="m/key?id=1,2",IV=0x0123456789ABCDEF0123456789ABCDEF
#EXT-X-BITRATE:900
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:20.000Z
#EXT-X-VENDOR:odd="1,2",URI="stays"
#EXTINF:10,
#EXT-X-BYTERANGE:3000@3719
m/main.mp4
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",DURATION=15,SCTE35-IN=0xFC002A
#EXT-X-ENDLIST
`);
});

test('what ends an encryption ends it in a slice, too; a finished playlist needs no end', () => {
  expect(hls(vod, between(30, null))).toBe(`#EXTM3U
#EXT-X-TARGETDURATION:10
#EXT-X-VERSION:7
# a comment, with "quotes" and URI="nothing"
#EXT-X-MEDIA-SEQUENCE:3
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",PLANNED-DURATION=15,SCTE35-OUT=0xFC002F,X-ASSET-URI="ad.m3u8"
#EXT-X-MAP:URI="main.mp4",BYTERANGE="719@0"
#EXT-X-BITRATE:900
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:30.000Z
#EXT-X-CUE-IN
#EXT-X-DATERANGE:ID="ad,1",START-DATE="2026-11-21T12:00:10Z",DURATION=15,SCTE35-IN=0xFC002A
#EXT-X-KEY:METHOD=NONE
#EXTINF:10,
#EXT-X-BYTERANGE:4000@6719
main.mp4
#EXT-X-ENDLIST
`);
});

test('a playlist whose last line has no end', () => {
  const range = { base: 'timeline', startMs: 9_800, endMs: 14_800 } as const;
  expect(hls(plain.trimEnd(), { range })).toMatch(/\r\nmovie-2\.ts\r\n#EXT-X-ENDLIST\r\n$/);
});

test('a range from before the window until within it begins where the window does', () => {
  const text = hls(live, between(0, 21));
  expect(text).toContain('#EXT-X-MEDIA-SEQUENCE:10\n');
  expect(text).toContain('10.m4s\n#EXT-X-ENDLIST\n');
});
