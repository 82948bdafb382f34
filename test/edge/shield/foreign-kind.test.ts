import { expect, test } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { foreignKind, mpdLifetimes, objectLifetimes, playlistLifetimes } from '../../../workers/shield/foreign-kind.ts';

test('the name decides, then what the server says; a page is never passed on as one', () => {
  expect(foreignKind('/a/s.ts', 'text/html')).toEqual({ kind: 'media', contentType: 'video/mp2t' });
  expect(foreignKind('/a/list', 'application/x-mpegURL; charset=utf-8').kind).toBe('playlist');
  expect(foreignKind('/a/x', 'video/mp4')).toEqual({ kind: 'media', contentType: 'video/mp4' });
  for (const said of ['text/html', 'image/svg+xml', 'video/<script>', null]) {
    expect(foreignKind('/a/admin', said)).toEqual({ kind: 'other', contentType: 'application/octet-stream' });
  }
});

test('playlists live half a target duration and stale three', () => {
  const live = { targetDurationS: 6, ended: false, state: null };
  expect(playlistLifetimes(live)).toMatchObject({ freshMs: 3_000, staleMs: 18_000, inPopCache: false });
  expect(playlistLifetimes({ ...live, ended: true }).freshMs).toBe(6_000);
  expect(playlistLifetimes({ ...live, targetDurationS: null }).freshMs).toBe(edgeLimits.foreignManifestMsMax);
});

test('an MPD lives half its update period', () => {
  expect(mpdLifetimes('<MPD type="dynamic" minimumUpdatePeriod="PT2S">').freshMs).toBe(1_000);
  expect(mpdLifetimes('<MPD type="dynamic" minimumUpdatePeriod="PT0S">').freshMs).toBe(200);
  expect(mpdLifetimes('<MPD type="static">').freshMs).toBe(edgeLimits.foreignManifestMsMax);
});

test('media lives as its server says, within bounds; what is unknown or private lives a second', () => {
  expect(objectLifetimes('media', null, null).freshMs).toBe(edgeLimits.foreignMediaMsDefault);
  expect(objectLifetimes('media', 'public, max-age=600', null).viewer).toBe('public, max-age=600');
  expect(objectLifetimes('media', 'max-age=99999999', null).freshMs).toBe(edgeLimits.foreignMediaMsMax);
  expect(objectLifetimes('media', 'max-age=3600, s-maxage=10', null).freshMs).toBe(10_000);
  expect(objectLifetimes('media', 'public, max-age=60', '50').freshMs).toBe(10_000);
  expect(objectLifetimes('media', 'public, max-age=60', '90').freshMs).toBe(1_000);
  expect(objectLifetimes('media', 'private, max-age=600', null)).toMatchObject({ freshMs: 1_000, inPopCache: false });
  expect(objectLifetimes('other', 'max-age=600', null)).toMatchObject({ freshMs: 1_000, inPopCache: false });
});
