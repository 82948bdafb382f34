import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { startState } from '../support/fake-origin.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const multivariant = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=700000\nv240/index.m3u8\n';

/** Segments 10 and 11, from 12:00:20 to 12:00:24. */
const playlist = (ended: boolean) => `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:10
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:20.000Z
#EXTINF:2.00000,
10.m4s
#EXTINF:2.00000,
11.m4s
${ended ? '#EXT-X-ENDLIST\n' : ''}`;

const mpd = (
  ended: boolean,
) => `<MPD type="${ended ? 'static' : 'dynamic'}" availabilityStartTime="2026-11-21T12:00:00Z">
<Period start="PT0S"><AdaptationSet contentType="video"><Representation id="v240">
<SegmentTemplate timescale="1" presentationTimeOffset="0" media="$Number$.m4s" startNumber="10"><SegmentTimeline><S t="20" d="2" r="1"/></SegmentTimeline></SegmentTemplate>
</Representation></AdaptationSet></Period></MPD>`;

async function addBroadcast(ended: boolean) {
  const { channel, broadcast } = await stage.edge.addBroadcast();
  const state = formatPlaylistState({ ...startState, msn: 11, part: -1, complete: true, partTargetS: 0, ended });
  stage.origin.put(`/b/${broadcast}/index.m3u8`, multivariant);
  stage.origin.put(`/b/${broadcast}/index.mpd`, mpd(ended));
  stage.origin.put(`/b/${broadcast}/v240/index.m3u8`, playlist(ended), { [playlistStateHeader]: state });
  return { channel, broadcast };
}

const at = (second: string) => `2026-11-21T12:00:${second}Z`;
const shown = ({ status, text }: { status: number; text: string }) =>
  status === 200 ? '200' : `${status} ${JSON.parse(text).code}`;

test.each([
  ['a range that is there', false, `start=${at('21')}`, '200'],
  ['one that has left the window', false, `start=${at('02')}&end=${at('04')}`, '410 gone'],
  ['one that is still to come', false, `start=${at('59')}`, '503 too_early'],
  ['one after the end', true, `start=${at('59')}`, '404 not_found'],
  ['seconds whose beginning has left the window', false, 'start=1&end=3', '400 bad_request'],
])('%s: multivariant playlist, MPD and media playlist answer alike', async (_, ended, query, expected) => {
  const { channel, broadcast } = await addBroadcast(ended);
  const files = [`/live/${channel}/index.m3u8`, `/b/${broadcast}/index.m3u8`, `/b/${broadcast}/v240/index.m3u8`];
  // In DASH seconds need no beginning: the MPD tells where zero is.
  if (!query.startsWith('start=1')) files.push(`/b/${broadcast}/index.mpd`);
  for (const file of files) expect([file, shown(await stage.get(`${file}?${query}`))]).toEqual([file, expected]);
});

test('a crowd that asks for a range costs one look at one media playlist', async () => {
  const { broadcast } = await addBroadcast(true);
  const replies = await Promise.all(stage.crowd(30, `/b/${broadcast}/index.m3u8?start=${at('21')}&end=${at('23')}`));
  expect(distinct(replies.map(({ text }) => text))).toEqual([
    multivariant.replace('index.m3u8', `index.m3u8?end=2026-11-21T12:00:23.000Z&start=2026-11-21T12:00:21.000Z`),
  ]);
  expect(stage.origin.countPath(`/b/${broadcast}/v240/index.m3u8`)).toBe(1);
});

test('while no media playlist can be had the multivariant playlist is given', async () => {
  const { broadcast } = await addBroadcast(false);
  stage.origin.fail(`/b/${broadcast}/v240/index.m3u8`, 404);
  expect((await stage.get(`/b/${broadcast}/index.m3u8?start=${at('59')}`)).status).toBe(200);
});
