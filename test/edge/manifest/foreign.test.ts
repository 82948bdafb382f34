import { expect, test } from 'vitest';
import { foreignHls, foreignMpd } from '../../../workers/manifest/foreign.ts';
import { readForeignPlaylist } from '../../../workers/manifest/foreign-state.ts';
import type { ForeignPlace } from '../../../workers/manifest/foreign-uri.ts';

const place: ForeignPlace = {
  base: new URL('https://media.example.com/live/tv/v/720p.m3u8'),
  folder: new URL('https://media.example.com/live/tv/'),
  file: 'v/720p.m3u8',
  isListed: ({ host }) => host === 'media.example.com' || host === 'cdn.example.com:8443',
};

test('every way of writing a URI of a playlist leads to us', () => {
  const text = `#EXTM3U
#EXT-X-KEY:METHOD=AES-128,URI="https://media.example.com/keys/1.key?s=2"
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PART:DURATION=0.2,URI="/live/tv/v/7.0.m4s"
#EXTINF:2,
../v/6.ts
#EXTINF:2,
7.ts?a=1&b=2
#EXTINF:2,
//cdn.example.com:8443/tv/8.ts
#EXTINF:2,
https://elsewhere.example/9.ts
#EXTINF:2,
{$base}/10.ts
#EXT-X-DATERANGE:ID="1",X-ASSET-URI="https://ads.example/a.m3u8"
`;
  expect(foreignHls(text, place)).toBe(`#EXTM3U
#EXT-X-KEY:METHOD=AES-128,URI="../~/media.example.com/keys/1.key%3Fs=2"
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PART:DURATION=0.2,URI="../v/7.0.m4s"
#EXTINF:2,
../v/6.ts
#EXTINF:2,
../v/7.ts%3Fa=1&b=2
#EXTINF:2,
../~/cdn.example.com:8443/tv/8.ts
#EXTINF:2,
https://elsewhere.example/9.ts
#EXTINF:2,
{$base}/10.ts
#EXT-X-DATERANGE:ID="1",X-ASSET-URI="https://ads.example/a.m3u8"
`);
});

test('behind a redirect even plain names are those of the other folder', () => {
  const moved = { ...place, base: new URL('https://cdn.example.com:8443/x/720p.m3u8') };
  expect(foreignHls('#EXTM3U\n#EXTINF:2,\n6.ts\n', moved)).toBe(
    '#EXTM3U\n#EXTINF:2,\n../~/cdn.example.com:8443/x/6.ts\n',
  );
});

test('BaseURL, Location and templates of an MPD', () => {
  const mpd = `<MPD type="dynamic">
  <BaseURL>https://media.example.com/live/tv/</BaseURL>
  <Location>https://media.example.com/live/tv/index.mpd?a=1&amp;b=2</Location>
  <Period><BaseURL>video/</BaseURL><AdaptationSet>
    <SegmentTemplate media="s-$Number%05d$.m4s?k=1" initialization="/live/tv/init-$RepresentationID$.mp4"/>
  </AdaptationSet></Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>`;
  const at = { ...place, base: new URL('https://media.example.com/live/tv/index.mpd'), file: 'index.mpd' };
  expect(foreignMpd(mpd, at)).toBe(`<MPD type="dynamic">
  <BaseURL>./</BaseURL>
  <Location>./index.mpd%3Fa=1&amp;b=2</Location>
  <Period><BaseURL>video/</BaseURL><AdaptationSet>
    <SegmentTemplate media="../video/s-$Number%05d$.m4s%3Fk=1" initialization="../init-$RepresentationID$.mp4"/>
  </AdaptationSet></Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://media.example.com/time"/>
</MPD>`);
  expect(foreignMpd('<html></html>', at)).toBeNull();
});

test('what has no path of ours goes past us, and other spellings become ours', () => {
  const text = '#EXTM3U\n#EXTINF:2,\n/o/live%2Fseg1.ts?alt=media\n#EXTINF:2,\na[1].ts\n#EXTINF:2,\nb%2Ets\n';
  expect(foreignHls(text, place)).toBe(
    '#EXTM3U\n#EXTINF:2,\nhttps://media.example.com/o/live%2Fseg1.ts?alt=media\n#EXTINF:2,\n../v/a%5B1%5D.ts\n#EXTINF:2,\n../v/b.ts\n',
  );
});

const bases = [
  null,
  'dash/',
  '../up/',
  '/above/x/',
  'https://cdn.example.com:8443/ads/1/',
  'https://elsewhere.example/z/',
] as const;
const uris = [
  's-$Number$.m4s',
  '../s-$Number$.m4s',
  '/r/s-$Number$.m4s',
  'https://cdn.example.com:8443/s-$Number$.m4s',
];
const manifests = ['https://media.example.com/live/tv/index.mpd', 'https://cdn.example.com:8443/moved/index.mpd'];
const ours = 'https://pop.example/t/token/x/news/';

/** The address at the source of a URL that a player asks for. */
function addressOf(url: URL): string {
  if (!url.href.startsWith(ours)) return url.href;
  const file = url.href.slice(ours.length).replace('%3F', '?');
  return file.startsWith('~/') ? `https://${file.slice(2)}` : place.folder.href + file;
}

test('a player that follows BaseURLs comes to the same media through us', () => {
  const written = (base: string | null) => (base === null ? '' : `<BaseURL>${base}</BaseURL>`);
  const cases = manifests.flatMap((manifest) =>
    bases.flatMap((top) => bases.flatMap((inner) => uris.map((uri) => ({ manifest, top, inner, uri })))),
  );
  for (const { manifest, top, inner, uri } of cases) {
    const text = `<MPD>${written(top)}<Period>${written(inner)}<SegmentTemplate media="${uri}"/></Period></MPD>`;
    const mapped = foreignMpd(text, { ...place, base: new URL(manifest), file: 'index.mpd' }) ?? '';
    const [, mappedTop, mappedInner, mappedUri] =
      /^<MPD>(?:<BaseURL>(.*?)<\/BaseURL>)?<Period>(?:<BaseURL>(.*?)<\/BaseURL>)?<SegmentTemplate media="(.*?)"/.exec(
        mapped,
      ) ?? [];
    const follow = (from: string, ...steps: (string | null | undefined)[]) =>
      steps.reduce<URL>((at, step) => (step == null ? at : new URL(step, at)), new URL(from));
    const asked = follow(`${ours}index.mpd`, mappedTop, mappedInner, mappedUri);
    expect([text, addressOf(asked)]).toEqual([text, follow(manifest, top, inner, uri).href]);
  }
});

const lowLatency = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:20
#EXTINF:4,
20.mp4
#EXT-X-PART:DURATION=0.5,URI="21.0.mp4"
#EXT-X-PART:DURATION=0.5,URI="21.1.mp4"
#EXTINF:4,
21.mp4
`;

test('the live edge of a playlist whose server holds requests', () => {
  const common = { targetDurationS: 4, partTargetS: 0.5, ended: false };
  expect(readForeignPlaylist(lowLatency).state).toEqual({ ...common, msn: 21, part: 1, complete: true });
  const open = `${lowLatency}#EXT-X-PART:DURATION=0.5,URI="22.0.mp4"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="22.1.mp4"\n`;
  expect(readForeignPlaylist(open).state).toEqual({ ...common, msn: 22, part: 0, complete: false });
  const delta = open.replace('#EXTINF:4,\n20.mp4', '#EXT-X-SKIP:SKIPPED-SEGMENTS=1');
  expect(readForeignPlaylist(delta).state).toEqual({ ...common, msn: 22, part: 0, complete: false });
  expect(readForeignPlaylist(`${lowLatency}#EXT-X-ENDLIST\n`).state?.ended).toBe(true);
});

test('others have none', () => {
  const plain = lowLatency.replace('CAN-BLOCK-RELOAD=YES,', '');
  expect(readForeignPlaylist(plain)).toEqual({ targetDurationS: 4, ended: false, state: null });
  expect(readForeignPlaylist('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n').targetDurationS).toBeNull();
});
