import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentTypeOf, formatPlaybackPath, type PlaybackRoute, parsePlaybackPath } from '#shared/route/route.ts';

const id = 'b_0123456789abcdefghjk';

describe('playback paths', () => {
  const channel = fc.constantFrom('demo', 'ch_0123456789abcdefghjk', 'night-shift');
  const broadcast = fc.constant(id);
  const clip = fc.constant('cl_0123456789abcdefghjk');
  const rendition = fc.constantFrom('v720', 'a1', 'v1080-av1');
  const number = fc.nat(1_000_000);
  const route: fc.Arbitrary<PlaybackRoute> = fc.oneof(
    fc.record({ kind: fc.constant('live-multivariant' as const), channel }),
    fc.record({ kind: fc.constant('live-mpd' as const), channel }),
    fc.record({ kind: fc.constant('multivariant' as const), broadcast }),
    fc.record({ kind: fc.constant('mpd' as const), broadcast }),
    fc.record({ kind: fc.constant('poster' as const), broadcast }),
    fc.record({ kind: fc.constant('thumbnails' as const), broadcast }),
    fc.record({ kind: fc.constant('thumbnail-sheet' as const), broadcast, sheet: fc.nat(999_999) }),
    fc.record({ kind: fc.constant('media-playlist' as const), broadcast, rendition }),
    fc.record({ kind: fc.constant('iframe-playlist' as const), broadcast, rendition }),
    fc.record({ kind: fc.constant('segment-list' as const), broadcast, rendition }),
    fc.record({ kind: fc.constant('download' as const), broadcast }),
    fc.record({ kind: fc.constantFrom('clip-multivariant', 'clip-mpd', 'clip-download'), clip }),
    fc.record({ kind: fc.constant('init' as const), broadcast, rendition, initNumber: number }),
    fc.record({ kind: fc.constant('segment' as const), broadcast, rendition, msn: number }),
    fc.record({ kind: fc.constant('part' as const), broadcast, rendition, msn: number, part: fc.nat(9_999) }),
  );

  it('are read back as they were written, with and without a token', () => {
    fc.assert(
      fc.property(route, (one) => {
        const path = formatPlaybackPath(one);
        expect(parsePlaybackPath(path)).toEqual({ token: null, route: one });
        expect(parsePlaybackPath(`/t/eyJ.abc-_~${path}`)).toEqual({ token: 'eyJ.abc-_~', route: one });
      }),
    );
  });

  it.each([
    '/',
    '/live/demo',
    '/live/demo/',
    '/live/Demo/index.m3u8',
    '/live/../index.m3u8',
    '/live/demo/index.m3u8/',
    '//live/demo/index.m3u8',
    '/live/demo%2findex.m3u8',
    `/b/${id}/v720/01.m4s`,
    `/b/${id}/thumbs-01.jpg`,
    `/b/${id}/thumbs-.jpg`,
    `/b/${id}/v720/poster.jpg`,
    `/b/${id}/v720/-1.m4s`,
    `/b/${id}/v720/1.m4s;x`,
    `/b/${id}/v720/1.m4s%00`,
    `/b/${id}/v720/1..m4s`,
    `/b/${id}/v720/1.2.3.m4s`,
    `/b/${id}/v720/../a1/1.m4s`,
    `/b/${id}/x720/1.m4s`,
    `/b/${id.toUpperCase()}/index.m3u8`,
    '/b/b_short/index.m3u8',
    '/clip/cl_short/index.m3u8',
    `/clip/${id}/index.m3u8`,
    '/clip/cl_0123456789abcdefghjk',
    '/clip/cl_0123456789abcdefghjk/toString',
    '/clip/cl_0123456789abcdefghjk/v720/index.m3u8',
    `/b/${id}/v720/download.mp4`,
    `/t//b/${id}/index.m3u8`,
    `/t/a/t/b/b/${id}/index.m3u8`,
    `/t/a%2e/b/${id}/index.m3u8`,
  ])('refuse %s', (path) => {
    expect(parsePlaybackPath(path)).toBeNull();
  });

  it('have the content type of what they answer with', () => {
    const init = (rendition: string) => contentTypeOf({ kind: 'init', broadcast: id, rendition, initNumber: 0 });
    expect([init('v720'), init('a1')]).toEqual(['video/mp4', 'audio/mp4']);
  });
});
