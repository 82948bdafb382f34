import { expect, test } from 'vitest';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import {
  errorCacheControl,
  playlistPolicy,
  policies,
  refusalFreshMs,
  upstreamMs,
} from '../../../workers/cache/policy.ts';

const live: PlaylistState = { msn: 9, part: 2, complete: false, targetDurationS: 4, partTargetS: 0.5, ended: false };
const ended = { ...live, ended: true };

test('only immutable objects are in the PoP cache, which cannot count below a second', () => {
  const stored = Object.entries(policies).filter(([, policy]) => policy.inPopCache);
  expect(stored.map(([kind]) => kind)).toEqual(['init', 'segment', 'thumbnail-sheet']);
  for (const [, policy] of stored) expect(policy.freshMs).toBe(Number.POSITIVE_INFINITY);
});

test('media is immutable, manifests are asked for again (rules 18, 22)', () => {
  expect(Object.fromEntries(Object.entries(policies).map(([kind, policy]) => [kind, policy.viewer]))).toEqual({
    init: 'public, max-age=31536000, immutable',
    segment: 'public, max-age=31536000, immutable',
    part: 'public, max-age=31536000, immutable',
    multivariant: 'public, max-age=1',
    'iframe-playlist': 'public, max-age=0, s-maxage=1',
    mpd: 'public, max-age=0, s-maxage=1',
    'segment-list': 'public, max-age=0, s-maxage=1',
    poster: 'public, max-age=10',
    thumbnails: 'public, max-age=2',
    'thumbnail-sheet': 'public, max-age=31536000, immutable',
  });
});

test('a media playlist: half a target duration plain, six blocking, one at the end (rules 16, 18)', () => {
  expect(playlistPolicy.viewer(live, false)).toBe('public, max-age=0, s-maxage=2');
  expect(playlistPolicy.viewer({ ...live, targetDurationS: 1 }, false)).toBe('public, max-age=0, s-maxage=1');
  expect(playlistPolicy.viewer(live, true)).toBe('public, max-age=24');
  expect(playlistPolicy.viewer(ended, true)).toBe('public, max-age=4');
});

test('memory answers plain requests for one part target, stale for three target durations (rule 23)', () => {
  expect(playlistPolicy.freshMs(live)).toBe(500);
  expect(playlistPolicy.freshMs({ ...live, partTargetS: 0 })).toBe(200);
  expect(playlistPolicy.freshMs(ended)).toBe(4_000);
  expect(playlistPolicy.staleMs(live)).toBe(12_000);
});

test('every error lives for a moment, refusals of access not at all (rules 21, 46)', () => {
  for (const status of [400, 404, 410, 502, 503, 504]) expect(errorCacheControl(status)).toBe('public, max-age=1');
  for (const status of [401, 403]) expect(errorCacheControl(status)).toBe('no-store');
  for (const status of [400, 404, 410, 500, 502, 503, 504]) expect(refusalFreshMs(status)).toBeLessThanOrEqual(1_000);
  expect(refusalFreshMs(404)).toBeLessThan(1_000);
  expect(refusalFreshMs(504)).toBe(0);
});

test('what the origin may hold gets longer than three target durations (rule 8)', () => {
  expect(upstreamMs('media-playlist', true)).toBe(20_000);
  expect(upstreamMs('part', false)).toBe(20_000);
  expect(upstreamMs('part', false, 2)).toBe(7_000);
  expect(upstreamMs('media-playlist', true, 2)).toBe(7_000);
  expect(upstreamMs('media-playlist', true, 60)).toBe(20_000);
  expect(upstreamMs('segment', false, 2)).toBe(8_000);
  expect(upstreamMs('media-playlist', false)).toBe(8_000);
  expect(upstreamMs('segment', false)).toBe(8_000);
});
