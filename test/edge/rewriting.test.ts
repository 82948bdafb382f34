import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { startState } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const multivariant = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a1",URI="a1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=426x240,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"
v240/index.m3u8
`;

/** Segments 0 to `last` of two seconds each from 12:00:00 on, and a hint. */
function playlist(last: number): string {
  const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.8'];
  lines.push('#EXT-X-PART-INF:PART-TARGET=0.2', '#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-MAP:URI="init-0.mp4"');
  for (let msn = 0; msn <= last; msn++) {
    const date = new Date(Date.UTC(2026, 10, 21, 12) + 2_000 * msn).toISOString();
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${date}`, '#EXTINF:2.00000,', `${msn}.m4s`);
  }
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${last + 1}.0.m4s"`);
  return `${lines.join('\n')}\n`;
}

const stateHeader = (msn: number) => formatPlaylistState({ ...startState, msn, part: 9, complete: true });

function put(path: string, last: number): void {
  stage.origin.put(path, playlist(last), { [playlistStateHeader]: stateHeader(last) });
}

const times = (start: number, end: number) =>
  `start=2026-11-21T12:00:${String(start).padStart(2, '0')}Z&end=2026-11-21T12:00:${String(end).padStart(2, '0')}Z`;

const segmentsOf = (text: string) => [...text.matchAll(/^(\d+)\.m4s$/gm)].map(([, msn]) => Number(msn));

test('a channel filters its renditions and hands the rest of its options on to the media playlists', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  stage.origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  const query = 'end=90&ll=0&max_height=360&start=30';
  const { text, status } = await stage.get(`/live/${channel}/index.m3u8?${query}&x=1&_HLS_foo=2`);
  expect([status, text]).toEqual([
    200,
    `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a1",URI="../../b/${broadcast}/a1/index.m3u8?end=90&ll=0&start=30"
#EXT-X-STREAM-INF:BANDWIDTH=700000,RESOLUTION=426x240,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"
../../b/${broadcast}/v240/index.m3u8?end=90&ll=0&start=30
`,
  ]);
  const own = await stage.get(`/b/${broadcast}/index.m3u8?max_bitrate=800000`);
  expect(own.text).not.toContain('v720');
  expect((await stage.get(`/b/${broadcast}/index.m3u8`)).text).toBe(multivariant);
});

test('any number of options is one request upstream for the plain object (rules 14, 44, 45)', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  const hold = stage.origin.hold(path);
  const queries = ['', '?ll=0', '?ll=1', '?max_height=240', `?${times(1, 3)}`, `?${times(2, 59)}`, '?start=2&end=4'];
  const viewers = queries.flatMap((query) => stage.crowd(10, path + query));
  await pollUntil(() => hold.waiting === 1, 'the request at the origin');
  await stage.reached();
  const headers = { [playlistStateHeader]: stateHeader(9) };
  hold.release((response) => response.writeHead(200, headers).end(playlist(9)));
  const texts = (await Promise.all(viewers)).map(({ text }) => text);
  const [plain, ll0, ll1, filtered, closed, open, seconds] = queries.map((_, i) => {
    const own = texts.slice(10 * i, 10 * i + 10);
    expect(new Set(own).size).toBe(1);
    return own[0] ?? '';
  });
  expect([ll1, filtered, plain]).toEqual([playlist(9), playlist(9), playlist(9)]);
  expect(ll0).not.toMatch(/PART|HINT/);
  expect([segmentsOf(closed ?? ''), closed?.includes('ENDLIST')]).toEqual([[0, 1], true]);
  expect([segmentsOf(open ?? ''), open?.includes('ENDLIST')]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9], false]);
  expect(segmentsOf(seconds ?? '')).toEqual([1]);
  expect(stage.origin.seen.filter(({ target }) => target.startsWith(path)).map(({ target }) => target)).toEqual([path]);
});

test('the order of parameters and the spelling of a time do not make another text', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  put(path, 9);
  const one = await stage.get(`${path}?${times(1, 3)}`);
  const other = await stage.get(`${path}?end=2026-11-21T12:00:03.000Z&ll=1&start=2026-11-21T13:00:01%2B01:00`);
  expect(other.text).toBe(one.text);
  expect(one.headers).toMatchObject({
    'content-length': String(one.text.length),
    'cache-control': 'public, max-age=2',
  });
});

test('blocking reloads of a slice go on until its end is reached; then directives are ignored (rules 5, 9)', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  put(path, 2);
  const slice = `${path}?${times(2, 8)}`;
  expect(segmentsOf((await stage.get(slice)).text)).toEqual([1, 2]);
  const hold = stage.origin.hold(`${path}?_HLS_msn=3`);
  const waiting = stage.get(`${slice}&_HLS_msn=3`);
  await pollUntil(() => hold.waiting === 1, 'the hold at the origin');
  hold.release((response) => response.writeHead(200, { [playlistStateHeader]: stateHeader(3) }).end(playlist(3)));
  const { text, headers } = await waiting;
  expect(segmentsOf(text)).toEqual([1, 2, 3]);
  expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
  expect(headers['cache-control']).toBe('public, max-age=2');
  put(path, 3);
  const late = await stage.get(`${slice}&_HLS_msn=40&_HLS_part=1`);
  expect([late.status, late.text]).toEqual([200, text]);
  expect((await stage.get(`${path}?_HLS_msn=40`)).status).toBe(400);
});

test('what is cut never asks for a delta update', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  put(path, 9);
  for (const query of ['ll=0', times(2, 59)]) await stage.get(`${path}?${query}&_HLS_skip=YES`);
  expect(stage.origin.countPath(path)).toBe(stage.origin.count(path));
});

const mpd = `<?xml version="1.0"?>
<MPD type="dynamic" availabilityStartTime="2026-11-21T12:00:00Z" minimumUpdatePeriod="PT1S">
  <Period id="0" start="PT0S">
    <AdaptationSet contentType="video">
      <SegmentTemplate timescale="1000" media="$RepresentationID$/$Number$.m4s" startNumber="1"><SegmentTimeline><S t="0" d="2000" r="9"/></SegmentTimeline></SegmentTemplate>
      <Representation id="v720" bandwidth="3000000" height="720"/>
      <Representation id="v240" bandwidth="700000" height="240"/>
    </AdaptationSet>
  </Period>
</MPD>
`;

test('an MPD is cut and filtered under the channel’s URL', async () => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  stage.origin.put(`/b/${broadcast}/index.mpd`, mpd);
  const { text } = await stage.get(`/live/${channel}/index.mpd?${times(3, 7)}&max_height=240`);
  expect(text).toBe(`<?xml version="1.0"?>
<MPD mediaPresentationDuration="PT5S" type="static" availabilityStartTime="2026-11-21T12:00:02.000Z">
  <BaseURL>../../b/${broadcast}/</BaseURL>
  <Period id="0" start="PT0S">
    <AdaptationSet contentType="video">
      <SegmentTemplate presentationTimeOffset="2000" timescale="1000" media="$RepresentationID$/$Number$.m4s" startNumber="2"><SegmentTimeline><S t="2000" d="2000" r="2"/></SegmentTimeline></SegmentTemplate>
      <Representation id="v240" bandwidth="700000" height="240"/>
    </AdaptationSet>
  </Period>
</MPD>
`);
  expect(stage.origin.countPath(`/b/${broadcast}/index.mpd`)).toBe(1);
});

test.each([
  ['start=yesterday', /^start is/],
  ['start=1&end=2026-11-21T12:00:00Z', /both/],
  ['start=5&end=5', /after start/],
  ['start=1&start=2', /once/],
  ['ll=yes', /^ll is/],
  ['max_height=0', /^max_height/],
  ['max_bitrate=1e6', /^max_bitrate/],
  ['codecs=avc,wmv', /^codecs/],
  [`start=1&x=${'y'.repeat(2_100)}`, /too long/],
])('?%s is 400 without asking anybody', async (query, detail) => {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  for (const path of [`/live/${channel}/index.m3u8`, `/b/${broadcast}/index.m3u8`, `/b/${broadcast}/index.mpd`]) {
    const { status, text, headers } = await stage.get(`${path}?${query}`);
    expect([status, JSON.parse(text).code, headers['cache-control']]).toEqual([
      400,
      'bad_request',
      'public, max-age=1',
    ]);
    expect(JSON.parse(text).detail).toMatch(detail);
  }
  expect(stage.origin.seen.filter(({ target }) => target.startsWith(`/b/${broadcast}/`))).toEqual([]);
});

test('a range that is not there: too early, gone, never, or without a clock', async () => {
  const path = await stage.newObject('v720/index.m3u8');
  put(path, 9);
  const codeOf = async (query: string) => {
    const { status, text } = await stage.get(`${path}?${query}`);
    return `${status} ${JSON.parse(text).code}`;
  };
  expect(await codeOf(times(30, 40))).toBe('503 too_early');
  expect(await codeOf('start=2026-11-21T11:00:00Z&end=2026-11-21T11:30:00Z')).toBe('410 gone');
  const moved = await stage.newObject('v720/index.m3u8');
  stage.origin.put(moved, playlist(9).replace('SEQUENCE:0', 'SEQUENCE:7'), { [playlistStateHeader]: stateHeader(9) });
  const { status, text } = await stage.get(`${moved}?start=1&end=2`);
  expect([status, JSON.parse(text).code, JSON.parse(text).detail]).toEqual([
    400,
    'bad_request',
    'The beginning has left the window; give start and end as times like 2026-11-21T12:00:00Z.',
  ]);
});
