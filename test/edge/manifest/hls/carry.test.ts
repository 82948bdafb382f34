import { expect, test } from 'vitest';
import { rewriteHls } from '../../../../workers/manifest/hls/rewrite.ts';
import { splitHls } from '../../../../workers/manifest/hls/template.ts';

function rebaseHls(playlist: string, to: string): string {
  const rewritten = rewriteHls(splitHls(playlist), { carry: { prefix: to } });
  return typeof rewritten === 'string' ? rewritten : rewritten.text;
}

const prefix = '../../b/b_1/';

test('a multivariant playlist points to the broadcast it belongs to', () => {
  const playlist = `#EXTM3U
#EXT-X-VERSION:10
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-CONTENT-STEERING:SERVER-URI="steer.json",PATHWAY-ID="a"
#EXT-X-SESSION-DATA:DATA-ID="com.x",URI="data.json"
#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="key.bin",KEYFORMAT="identity"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="URI=\\"no",URI="a1/index.m3u8",CHANNELS="2"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="aud"
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2
https://elsewhere.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3
/abs/v.m3u8
# a comment with URI="x"
`.replace('NAME="URI=\\"no"', 'NAME="URI=no, URI"');
  expect(rebaseHls(playlist, prefix)).toBe(`#EXTM3U
#EXT-X-VERSION:10
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-CONTENT-STEERING:SERVER-URI="../../b/b_1/steer.json",PATHWAY-ID="a"
#EXT-X-SESSION-DATA:DATA-ID="com.x",URI="../../b/b_1/data.json"
#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="../../b/b_1/key.bin",KEYFORMAT="identity"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="URI=no, URI",URI="../../b/b_1/a1/index.m3u8",CHANNELS="2"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="../../b/b_1/i/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="aud"
../../b/b_1/v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2
https://elsewhere.example/v.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3
/abs/v.m3u8
# a comment with URI="x"
`);
});

test('a media playlist too: every carrier of a URI, and nothing else (rule 33)', () => {
  const playlist = `#EXTM3U
#EXT-X-MAP:URI="init-0.mp4",BYTERANGE="100@0"
#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1
#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="ad.m3u8",X-ASSET-LIST="ads.json",X-OTHER="keep"
#EXTINF:2,URI="title"
10.m4s
#EXT-X-PART:DURATION=0.2,URI="11.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="11.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=11
`;
  expect(rebaseHls(playlist, prefix)).toBe(`#EXTM3U
#EXT-X-MAP:URI="../../b/b_1/init-0.mp4",BYTERANGE="100@0"
#EXT-X-KEY:METHOD=AES-128,URI="../../b/b_1/k",IV=0x1
#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="../../b/b_1/ad.m3u8",X-ASSET-LIST="../../b/b_1/ads.json",X-OTHER="keep"
#EXTINF:2,URI="title"
../../b/b_1/10.m4s
#EXT-X-PART:DURATION=0.2,URI="../../b/b_1/11.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../b/b_1/11.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../../b/b_1/../a1/index.m3u8",LAST-MSN=11
`);
});

test('line ends stay as they are, and URIs with a scheme are left alone', () => {
  expect(rebaseHls('#EXTM3U\r\n#EXT-X-MAP:URI="i.mp4"\r\n\r\na.m4s\r\n', prefix)).toBe(
    '#EXTM3U\r\n#EXT-X-MAP:URI="../../b/b_1/i.mp4"\r\n\r\n../../b/b_1/a.m4s\r\n',
  );
  const foreign =
    '#EXT-X-SESSION-KEY:METHOD=X,URI="skd://key"\n#EXT-X-SESSION-DATA:DATA-ID="x",URI="data:,a"\n//cdn/x\n';
  expect(rebaseHls(foreign, prefix)).toBe(foreign);
});
