import { expect, it } from 'vitest';
import { mpdCarriers } from '../../conformance/dash/carriers.ts';
import { hlsCarriers } from '../../conformance/hls/carriers.ts';
import type { Carrier, SeenCarrier } from '../../conformance/manifest/carrier.ts';
import type { Observation } from '../../conformance/observe/observation.ts';
import { Evidence } from '../../conformance/rules/check.ts';
import { rewritingChecks } from '../../conformance/rules/rewriting.ts';

const written = (carriers: readonly Carrier[]) => carriers.map(({ tag, line, url }) => `${line} ${tag} ${url}`);

it('every tag of a playlist that carries a URI', () => {
  const text = [
    '#EXTM3U',
    '#EXT-X-CONTENT-STEERING:SERVER-URI="s",PATHWAY-ID="URI=no"',
    '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k"',
    '#EXT-X-SESSION-DATA:DATA-ID="d",URI="d"',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a"',
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i"',
    '#EXT-X-KEY:METHOD=AES-128,URI="k"',
    '#EXT-X-MAP:URI="m"',
    '#EXT-X-PART:DURATION=1,URI="p"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="h"',
    '#EXT-X-RENDITION-REPORT:URI="r"',
    '#EXT-X-DATERANGE:ID="1",X-ASSET-URI="u"',
    '#EXT-X-DATERANGE:ID="2",X-ASSET-LIST="l"',
    '#EXTINF:2,URI="no"',
    '/v',
    '# URI="no"',
    'http://[b',
  ].join('\r\n');
  expect(written(hlsCarriers(text, 'http://h/f/x'))).toEqual([
    '2 EXT-X-CONTENT-STEERING http://h/f/s',
    '3 EXT-X-SESSION-KEY http://h/f/k',
    '4 EXT-X-SESSION-DATA http://h/f/d',
    '5 EXT-X-MEDIA http://h/f/a',
    '6 EXT-X-I-FRAME-STREAM-INF http://h/f/i',
    '7 EXT-X-KEY http://h/f/k',
    '8 EXT-X-MAP http://h/f/m',
    '9 EXT-X-PART http://h/f/p',
    '10 EXT-X-PRELOAD-HINT http://h/f/h',
    '11 EXT-X-RENDITION-REPORT http://h/f/r',
    '12 EXT-X-DATERANGE http://h/f/u',
    '13 EXT-X-DATERANGE http://h/f/l',
    '15 URI line http://h/v',
    '17 URI line null',
  ]);
});

it('every element of an MPD that carries a URI, from where it is resolved', () => {
  const text = `<MPD><Location>/m</Location><PatchLocation>p</PatchLocation><ContentSteering>/s</ContentSteering>
<BaseURL>b/</BaseURL><Period xlink:href="x.xml"><AdaptationSet bitstreamSwitching="true"><BaseURL>/c/</BaseURL>
<SegmentTemplate media="$Number%05d$.m4s" initialization="i" index="n" bitstreamSwitching="t"/>
<Representation><SegmentBase><Initialization sourceURL="u"/></SegmentBase><SegmentList>
<SegmentURL media="1" index="2"/></SegmentList></Representation></AdaptationSet></Period></MPD>`;
  expect(written(mpdCarriers(text, 'http://h/f/m.mpd'))).toEqual([
    '1 Location http://h/m',
    '1 PatchLocation http://h/f/p',
    '1 ContentSteering http://h/s',
    '2 BaseURL http://h/f/b/',
    '2 Period@href http://h/f/b/x.xml',
    '2 BaseURL http://h/c/',
    '3 SegmentTemplate@media http://h/c/$Number%05d$.m4s',
    '3 SegmentTemplate@initialization http://h/c/i',
    '3 SegmentTemplate@index http://h/c/n',
    '3 SegmentTemplate@bitstreamSwitching http://h/c/t',
    '4 Initialization@sourceURL http://h/c/u',
    '5 SegmentURL@media http://h/c/1',
    '5 SegmentURL@index http://h/c/2',
  ]);
  expect(mpdCarriers('<MPD>', 'http://h/')).toEqual([]);
});

const document = 'http://h/live/v/index.m3u8';

/** What the check says of a playlist that has these URIs beside two segments. */
function judge(entry: string, tag: string, uri: string, segments = ['1.m4s?key=1', '2.m4s?key=1']): string[] {
  const carrier = (name: string, written: string): SeenCarrier => {
    return { tag: name, line: 1, uri: written, url: URL.parse(written, document)?.href ?? null, document };
  };
  const carriers = [...segments.map((segment) => carrier('URI line', segment)), carrier(tag, uri)];
  const evidence = new Evidence();
  const seen = { kind: 'hls', carriers, exchanges: [], entry: { url: entry } };
  rewritingChecks[0]?.judge(seen as unknown as Observation, evidence);
  return evidence.findings.map(({ severity, seen: said }) => `${severity} ${said}`);
}

it.each<[string, string, string, string[]]>([
  ['http://h/m?key=1', 'EXT-X-PART', '1.0.m4s?key=1', []],
  ['http://h/m?key=1', 'EXT-X-PART', '1.0.m4s', ['SHOULD EXT-X-PART: without key, which segments keep']],
  ['http://h/m?key=1', 'EXT-X-RENDITION-REPORT', '../a/index.m3u8', []],
  ['http://h/m', 'EXT-X-MAP', 'init.mp4', []],
  ['http://h/m', 'EXT-X-MAP', 'http://o/init.mp4', ['SHOULD EXT-X-MAP: o, segments come from h']],
  ['http://h/m', 'EXT-X-KEY', 'http://keys/1', []],
  ['http://h/m', 'EXT-X-SESSION-DATA', 'http://[', ['MUST EXT-X-SESSION-DATA: not a URI: http://[']],
])('asked for %s, %s is %s', (entry, tag, uri, said) => {
  expect(judge(entry, tag, uri)).toEqual(said);
});

it.each<[string, string[]]>([
  ['/t/abcdefgh12345678/v/3.m4s', []],
  ['/v/3.m4s', ['SHOULD EXT-X-PART: /v/3.m4s leaves abcdefgh1234… behind']],
])('under a token, %s', (uri, said) => {
  const segments = ['/t/abcdefgh12345678/v/1.m4s', '/t/abcdefgh12345678/v/2.m4s'];
  expect(judge('http://h/t/abcdefgh12345678/m', 'EXT-X-PART', uri, segments)).toEqual(said);
  expect(judge('http://h/folder/m', 'EXT-X-PART', uri, segments)).toEqual([]);
});
