import { expect, test } from 'vitest';
import { hls, mpd } from '../../support/manifests.ts';

const pathways = {
  serverUri: '/steering/news',
  list: [
    { id: 'here', base: '' },
    { id: 'fra', base: 'https://fra.example/b/b_1/' },
    { id: 'own', base: '/b/b_1/' },
  ],
};
/** What a token in the path makes of everything that leads to a PoP. */
const carry = { prefix: '../../t/k/b/b_1/', root: '/t/k', hosts: { 'https://fra.example': 'https://fra.example/t/k' } };

test('a token in the path is carried by the steering server and by every pathway of a multivariant playlist', () => {
  const playlist = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=1
v/index.m3u8
`;
  expect(hls(playlist, { pathways, carry: { ...carry, query: 'll=0' } })).toBe(`#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/t/k/steering/news",PATHWAY-ID="here"
#EXT-X-STREAM-INF:BANDWIDTH=1,PATHWAY-ID="here"
../../t/k/b/b_1/v/index.m3u8?ll=0
#EXT-X-STREAM-INF:BANDWIDTH=1,PATHWAY-ID="fra"
https://fra.example/t/k/b/b_1/v/index.m3u8?ll=0
#EXT-X-STREAM-INF:BANDWIDTH=1,PATHWAY-ID="own"
/t/k/b/b_1/v/index.m3u8?ll=0
`);
});

test('and of an MPD', () => {
  expect(mpd('<MPD type="static">\n  <Period/>\n</MPD>', { pathways, carry })).toBe(`<MPD type="static">
  <BaseURL serviceLocation="here">../../t/k/b/b_1/</BaseURL>
  <BaseURL serviceLocation="fra">https://fra.example/t/k/b/b_1/</BaseURL>
  <BaseURL serviceLocation="own">/t/k/b/b_1/</BaseURL>
  <ContentSteering defaultServiceLocation="here" queryBeforeStart="true">/t/k/steering/news</ContentSteering>
  <Period/>
</MPD>`);
});

test('the steering server of an MPD is asked of the first pathway, for dash.js resolves nothing against an MPD', () => {
  const list = [{ id: 'fra', base: 'https://fra.example/b/b_1/' }];
  const steered = { pathways: { serverUri: '/steering/news', list } };
  const server = '<ContentSteering defaultServiceLocation="fra" queryBeforeStart="true">https://fra.example';
  expect(mpd('<MPD>\n  <Period/>\n</MPD>', steered)).toContain(`${server}/steering/news</ContentSteering>`);
  expect(mpd('<MPD>\n  <Period/>\n</MPD>', { ...steered, carry })).toContain(`${server}/t/k/steering/news<`);
});

test('a steering server and pathways that are given relative to the manifest follow it where it is served from', () => {
  const relative = { serverUri: '../../steering/news', list: [{ id: 'a', base: '../alt/' }] };
  const text = hls('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n', {
    pathways: relative,
    carry: { prefix: '../../b/b_1/' },
  });
  expect(text).toContain('SERVER-URI="../../b/b_1/../../steering/news"');
  expect(text).toContain('\n../../b/b_1/../alt/v.m3u8\n');
});

test('what a server already steers is carried when its manifest is carried', () => {
  const steered = `#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/steer?x=1",PATHWAY-ID="a"
#EXT-X-STREAM-INF:BANDWIDTH=1,PATHWAY-ID="a"
https://fra.example/v.m3u8
`;
  expect(hls(steered, { pathways, carry })).toBe(`#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/t/k/steer?x=1",PATHWAY-ID="a"
#EXT-X-STREAM-INF:BANDWIDTH=1,PATHWAY-ID="a"
https://fra.example/t/k/v.m3u8
`);
});
