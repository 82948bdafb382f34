import { expect, it } from 'vitest';
import { writeMultivariantPlaylist } from '#shared/hls/multivariant-playlist.ts';

const video = {
  kind: 'video',
  name: 'v720',
  codec: 'avc1.64001f',
  width: 1280,
  height: 720,
  frameRate: 29.97,
  bitrate: 2_500_000,
  passthrough: true,
} as const;
const low = { ...video, name: 'v360', codec: 'avc1.4d401e', width: 640, height: 360, passthrough: false };
const audio = {
  kind: 'audio',
  name: 'a1',
  codec: 'mp4a.40.2',
  channels: 2,
  sampleRate: 48_000,
  bitrate: 128_000,
} as const;
const audioVariant = { rendition: audio, bandwidth: { peak: 130_000, average: 128_000 } };

it('lists rungs with one audio group, the sound alone after them, and the I-frames of those that have any', () => {
  const text = writeMultivariantPlaylist({
    video: [
      {
        rendition: video,
        bandwidth: { peak: 2_700_000, average: 2_500_000.2 },
        iframes: { peak: 90_000, average: 70_000.5 },
      },
      { rendition: low, bandwidth: { peak: 800_000, average: 700_000 }, iframes: null },
    ],
    audio: [audioVariant],
    captions: [],
  });
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="a1",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2830000,AVERAGE-BANDWIDTH=2628001,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=930000,AVERAGE-BANDWIDTH=828000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
v360/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="audio",CLOSED-CAPTIONS=NONE
a1/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,AVERAGE-BANDWIDTH=70001,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="v720/iframes.m3u8"
`);
});

it('lists a source without sound', () => {
  const text = writeMultivariantPlaylist({
    video: [{ rendition: video, bandwidth: { peak: 9, average: 8 }, iframes: null }],
    audio: [],
    captions: [],
  });
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=9,AVERAGE-BANDWIDTH=8,CODECS="avc1.64001f",RESOLUTION=1280x720,FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE
v720/index.m3u8
`);
});

it('lists a source without a picture', () => {
  expect(writeMultivariantPlaylist({ video: [], audio: [audioVariant], captions: [] })).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",CLOSED-CAPTIONS=NONE
a1/index.m3u8
`);
});

it('declares the captions that are inside the pictures, on every variant with pictures', () => {
  const lines = writeMultivariantPlaylist({
    video: [
      { rendition: video, bandwidth: { peak: 9, average: 8 }, iframes: null },
      { rendition: low, bandwidth: { peak: 7, average: 6 }, iframes: null },
    ],
    audio: [audioVariant],
    captions: ['CC1', 'SERVICE2'],
  }).split('\n');
  expect(lines.filter((line) => line.includes('TYPE=CLOSED-CAPTIONS'))).toEqual([
    '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC1",INSTREAM-ID="CC1",DEFAULT=YES,AUTOSELECT=YES',
    '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="SERVICE2",INSTREAM-ID="SERVICE2",DEFAULT=NO,AUTOSELECT=NO',
  ]);
  const variants = lines.filter((line) => line.startsWith('#EXT-X-STREAM-INF'));
  expect(variants.map((line) => /CLOSED-CAPTIONS=(.*)$/.exec(line)?.[1] ?? null)).toEqual(['"cc"', '"cc"', null]);
});
