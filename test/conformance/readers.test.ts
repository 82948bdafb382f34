import { describe, expect, it } from 'vitest';
import { readMpd } from '../../conformance/dash/mpd.ts';
import { durationS } from '../../conformance/dash/time.ts';
import { readXml } from '../../conformance/dash/xml.ts';
import { readAttributes } from '../../conformance/hls/attributes.ts';
import { readMediaPlaylist } from '../../conformance/hls/media-playlist.ts';
import { edgeOf } from '../../conformance/hls/model.ts';
import { readMultivariantPlaylist } from '../../conformance/hls/multivariant-playlist.ts';
import { sameCodec } from '../../conformance/media/codec-string.ts';
import { readInitSegment } from '../../conformance/media/init-segment.ts';
import { readMedia } from '../../conformance/media/read-media.ts';
import { chunk, initSegment } from '../support/fmp4.ts';

describe('playlists', () => {
  it('reads segments, parts and byte ranges with their lines', () => {
    const text = [
      ...['#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXT-X-PART-INF:PART-TARGET=1', '#EXT-X-MEDIA-SEQUENCE:7'],
      ...['#EXT-X-DISCONTINUITY-SEQUENCE:3', '#EXT-X-MAP:URI="i.mp4",BYTERANGE="10@0"', '#EXT-X-BYTERANGE:100@50'],
      ...['#EXTINF:2,', 'all.mp4', '#EXT-X-DISCONTINUITY', '#EXT-X-BYTERANGE:20', '#EXTINF:1.5,', 'all.mp4'],
      ...['#EXT-X-PART:DURATION=1,URI="p",INDEPENDENT=YES', ''],
    ].join('\r\n');
    const playlist = readMediaPlaylist(text, 'http://h/a/b.m3u8');
    expect(playlist.defects).toEqual([]);
    expect(playlist.segments.map(({ msn, line, run, range }) => ({ msn, line, run, range }))).toEqual([
      { msn: 7, line: 9, run: 3, range: { length: 100, offset: 50 } },
      { msn: 8, line: 13, run: 4, range: { length: 20, offset: 150 } },
    ]);
    expect(playlist.openParts).toMatchObject([{ msn: 9, index: 0, url: 'http://h/a/p', independent: true }]);
    expect(edgeOf(playlist)).toEqual({ msn: 9, part: 0 });
  });

  it('names what it cannot read, and goes on', () => {
    const text = '#EXTM3U\n#EXT-X-TARGETDURATION:1.5\nx.ts\n#EXTINF:abc,\ny.ts\n#EXT-X-PART:DURATION=1\n';
    const { defects, segments } = readMediaPlaylist(text, 'http://h/');
    expect(segments).toHaveLength(2);
    expect(defects.map(({ line, text: said }) => `${line} ${said}`)).toEqual([
      '2 EXT-X-TARGETDURATION is not a whole number: 1.5',
      '3 a segment without EXTINF: x.ts',
      '4 EXTINF has no duration: abc,',
      '6 EXT-X-PART needs URI and DURATION',
    ]);
  });

  it.each([['A=1,A=2'], ['A'], ['A="x'], ['a=1'], ['A=1 B=2,']])('%s is no attribute list', (text) => {
    expect(readAttributes(text)?.values.size ?? 0).toBeLessThan(2);
  });

  it('reads variants, alternatives and loose ends', () => {
    const text =
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5,CODECS="avc1.64001f, mp4a.40.2",AUDIO="a"\nv.m3u8\nlost\n#EXT-X-STREAM-INF:BANDWIDTH=6';
    const { variants, defects } = readMultivariantPlaylist(text, 'http://h/m.m3u8');
    expect(variants).toMatchObject([{ line: 3, url: 'http://h/v.m3u8', codecs: ['avc1.64001f', 'mp4a.40.2'] }]);
    expect(defects.map(({ line }) => line)).toEqual([4, 5]);
  });
});

describe('XML and MPDs', () => {
  it('reads elements with lines, entities, CDATA and prefixes', () => {
    const root = readXml(
      '<?xml version="1.0"?>\n<!-- c -->\n<d:MPD\n a="1 &lt; 2"><B>x<![CDATA[<&]]></B>\n<C/></d:MPD>',
    );
    expect([root.name, root.line, root.attributes.get('a')]).toEqual(['MPD', 3, '1 < 2']);
    expect(root.children.map(({ name, line, text }) => [name, line, text])).toEqual([
      ['B', 4, 'x<&'],
      ['C', 5, ''],
    ]);
  });

  it.each(['', '<a>', '<a></b>', '<a b=1/>', '<a/><b/>', '<a x="1" x="2"/>', 'text', '<a><b></a></b>'])(
    'refuses %j',
    (text) => {
      expect(() => readXml(text)).toThrow();
    },
  );

  it.each([
    ['PT1.5S', 1.5],
    ['P1DT1H1M1S', 90_061],
    ['PT0S', 0],
    ['1', null],
  ])('%s lasts %s', (text, seconds) => {
    expect(durationS(text)).toBe(seconds);
  });

  it('expands timelines and templates', () => {
    const set = (template: string) =>
      `<AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="9">${template}</Representation></AdaptationSet>`;
    const read = (template: string, attributes: string) =>
      readMpd(
        `<MPD ${attributes} profiles="p" minBufferTime="PT1S"><Period start="PT2S">${set(template)}</Period></MPD>`,
        'http://h/d/m.mpd',
        1_000_000,
      );
    const timeline =
      '<SegmentTemplate timescale="10" startNumber="5" media="$RepresentationID$-$Number%03d$-$Time$.m4s"><SegmentTimeline><S t="100" d="20" r="1"/><S t="141" d="20"/></SegmentTimeline></SegmentTemplate>';
    const segments = read(timeline, 'type="static"').representations[0]?.segments;
    expect(segments?.map(({ url, gapTicks }) => [url, gapTicks])).toEqual([
      ['http://h/d/v-005-100.m4s', 0],
      ['http://h/d/v-006-120.m4s', 0],
      ['http://h/d/v-007-141.m4s', 1],
    ]);
    const plain = '<SegmentTemplate duration="2" startNumber="1" media="$Number$.m4s"/>';
    const dynamic =
      'type="dynamic" availabilityStartTime="1970-01-01T00:16:00Z" publishTime="1970-01-01T00:16:00Z" timeShiftBufferDepth="PT10S"';
    const listed = read(plain, dynamic).representations[0]?.segments;
    expect(listed?.map(({ number }) => number)).toEqual([15, 16, 17, 18, 19]);
  });
});

describe('media', () => {
  it('reads init segments and fragments', () => {
    const tracks = readInitSegment(initSegment('video'));
    expect(tracks).toMatchObject([{ kind: 'video', codec: 'avc1.64001f', timescale: 90_000, width: 640, height: 360 }]);
    expect(readInitSegment(initSegment('audio'))).toMatchObject([{ codec: 'mp4a.40.2', sampleRate: 48_000 }]);
    const first = chunk({ startTicks: 2 ** 33, durationsTicks: [3_000, 3_600], independent: true });
    const second = chunk({ startTicks: 2 ** 33 + 6_700, durationsTicks: [0], independent: false });
    expect(readMedia(Buffer.concat([first, second]), tracks)).toMatchObject({
      ...{ startTicks: 2 ** 33, durationTicks: 6_600, samples: 3, frameTicks: 3_600 },
      ...{ emptySamples: 1, innerGapTicks: 100, startsWithSync: true },
    });
  });

  it('reads where a transport stream begins', () => {
    const packets = [0, 3_600].map((ticks, index) => transportPacket(ticks + 2 ** 32, index === 0));
    expect(readMedia(Buffer.concat(packets), null)).toMatchObject({
      ...{ format: 'ts', startTicks: 2 ** 32, durationTicks: null, frameTicks: 3_600, startsWithSync: true },
    });
    expect(readMedia(transportPacket(0, false), null)).toMatchObject({ startsWithSync: false });
  });

  it.each([
    ['avc1.64001F', 'avc1.64001f', true],
    ['avc3.64001f', 'avc1.64001f', true],
    ['mp4a.40.5', 'mp4a.40.2', true],
    ['av01.0.04M.08.0.110.01.01.01.0', 'av01.0.04M.08', true],
    ['avc1.4d001f', 'avc1.64001f', false],
  ])('%s means %s: %s', (declared, found, same) => {
    expect(sameCodec(declared, found)).toBe(same);
  });

  it('survives bytes that end too early', () => {
    const whole = chunk({ startTicks: 0, durationsTicks: [1], independent: true });
    for (let size = 0; size < whole.length; size++)
      readMedia(whole.subarray(0, size), readInitSegment(initSegment('video')));
  });
});

/** One packet with the start of a video PES and one NAL unit: an IDR picture or another. */
function transportPacket(ticks: number, isKey: boolean): Buffer {
  const high = Math.floor(ticks / 2 ** 30);
  const middle = Math.floor(ticks / 2 ** 15) % 2 ** 15;
  const low = ticks % 2 ** 15;
  const stamp = [0x21 | (high << 1), middle >> 7, ((middle << 1) & 0xff) | 1, low >> 7, ((low << 1) & 0xff) | 1];
  const head = [0x47, 0x41, 0x00, 0x10, 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, ...stamp];
  return Buffer.concat([Buffer.from([...head, 0, 0, 1, isKey ? 0x65 : 0x41]), Buffer.alloc(188)]).subarray(0, 188);
}
