import { describe, expect, it } from 'vitest';
import { defaultClip, slicePath, stripAround, withEnd, withStart } from '../../web/src/player/clip-range.ts';
import { clockOfPlaylist, dateAt, firstVariant, timeAt } from '../../web/src/player/media-clock.ts';
import { playableRange, positionText } from '../../web/src/player/media-range.ts';
import { nextSpeed } from '../../web/src/player/speed-menu.ts';
import { parseThumbs, thumbAt } from '../../web/src/player/thumbs.ts';
import { wordsOf } from '../../web/src/watch/replay-cards.ts';

describe('the handles of a clip', () => {
  const hour = { startS: 0, endS: 3_600 };
  const minute = { startS: 100, endS: 160 };

  it('move in everything that can be played, or in ten minutes of it', () => {
    expect(stripAround(minute, 130)).toEqual(minute);
    expect(stripAround(hour, 1_000)).toEqual({ startS: 550, endS: 1_150 });
    expect(stripAround(hour, 10)).toEqual({ startS: 0, endS: 600 });
    expect(stripAround(hour, 3_600)).toEqual({ startS: 3_000, endS: 3_600 });
  });

  it('stand around the last half minute at first', () => {
    expect(defaultClip(hour, 1_000)).toEqual({ startS: 970, endS: 1_000 });
    expect(defaultClip(minute, 110)).toEqual({ startS: 100, endS: 130 });
    expect(defaultClip({ startS: 0, endS: 12 }, 5)).toEqual({ startS: 0, endS: 12 });
  });

  it('stay inside, and a second apart', () => {
    const clip = { startS: 110, endS: 140 };
    expect(withStart(clip, 111, minute)).toEqual({ startS: 111, endS: 140 });
    expect(withStart(clip, 0, minute)).toEqual({ startS: 100, endS: 140 });
    expect(withStart(clip, 150, minute)).toEqual({ startS: 139, endS: 140 });
    expect(withEnd(clip, 500, minute)).toEqual({ startS: 110, endS: 160 });
    expect(withEnd(clip, 90, minute)).toEqual({ startS: 110, endS: 111 });
  });

  it('make a link by the wall clock', () => {
    const atMs = Date.UTC(2026, 10, 21, 12, 0, 0);
    const path = '/replay/b_1?start=2026-11-21T12:00:00.000Z&end=2026-11-21T12:00:01.500Z';
    expect(slicePath('/replay/b_1', atMs + 0.2, atMs + 1_499.8)).toBe(path);
    expect(slicePath('/replay/b_1', null, atMs)).toBeNull();
  });
});

describe('media time and wall clock', () => {
  // A break of a minute after the second segment.
  const playlist = `#EXTM3U
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:00.000Z
#EXTINF:2.00000,
0.m4s
#EXTINF:2.00000,
1.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:01:04.000Z
#EXTINF:2.00000,
2.m4s
`;
  const zeroMs = Date.UTC(2026, 10, 21, 12, 0, 0);
  const points = clockOfPlaylist(playlist);

  it('go together as the playlist says', () => {
    expect(points).toEqual([
      { atS: 0, dateMs: zeroMs },
      { atS: 4, dateMs: zeroMs + 64_000 },
    ]);
    expect([0, 3.5, 4, 5].map((timeS) => dateAt(points, timeS))).toEqual(
      [0, 3_500, 64_000, 65_000].map((ms) => zeroMs + ms),
    );
    expect([-1_000, 3_500, 30_000, 64_000, 65_500].map((ms) => timeAt(points, zeroMs + ms))).toEqual([
      -1, 3.5, 4, 4, 5.5,
    ]);
    expect([dateAt([], 1), timeAt([], 1)]).toEqual([null, null]);
  });

  it('are asked of the first variant', () => {
    const text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv720/index.m3u8?start=1\n';
    expect(firstVariant(text, 'http://pop/b/x/index.m3u8')).toBe('http://pop/b/x/v720/index.m3u8?start=1');
    expect(firstVariant('#EXTM3U\n', 'http://pop/')).toBeNull();
  });
});

describe('thumbnails', () => {
  const thumbs = parseThumbs(
    'WEBVTT\n\nNOTE x\n\n00:00:00.000 --> 00:00:10.000\nthumbs-0.jpg#xywh=0,0,160,90\n\n1:00:10.000 --> 1:00:20.500\nthumbs-1.jpg#xywh=160,90,160,90\n\n00:20.000 --> 00:30.000\nno picture\n',
    'http://pop/b/x/thumbs.vtt',
  );

  it('are parts of sheets', () => {
    const size = { width: 160, height: 90 };
    expect(thumbs).toEqual([
      { startS: 0, endS: 10, url: 'http://pop/b/x/thumbs-0.jpg', x: 0, y: 0, ...size },
      { startS: 3_610, endS: 3_620.5, url: 'http://pop/b/x/thumbs-1.jpg', x: 160, y: 90, ...size },
    ]);
    expect([0, 9.9, 10, 3_615, 4_000].map((timeS) => thumbAt(thumbs, timeS)?.startS ?? null)).toEqual([
      0,
      0,
      null,
      3_610,
      null,
    ]);
  });
});

describe('words', () => {
  it('tell positions', () => {
    expect([0, 7.9, 725, 3_725].map(positionText)).toEqual(['0:00', '0:07', '12:05', '1:02:05']);
  });

  it('tell what can be played', () => {
    const nothing = { length: 0, start: () => 0, end: () => 0 };
    expect(playableRange({ seekable: nothing, duration: Number.NaN })).toBeNull();
    expect(playableRange({ seekable: nothing, duration: 9 })).toEqual({ startS: 0, endS: 9 });
    const window = { length: 1, start: () => 3, end: () => 8 };
    expect(playableRange({ seekable: window, duration: Number.POSITIVE_INFINITY })).toEqual({ startS: 3, endS: 8 });
  });

  it('are on the card of a replay', () => {
    const replay = {
      broadcast: 'b_1',
      title: 'River stage',
      state: 'ready',
      startedMs: Date.UTC(2026, 10, 21, 12, 0, 0),
      endedMs: null,
      durationS: 3_725,
      poster: '/b/b_1/poster.jpg',
    } as const;
    const words = wordsOf(replay, 'en-GB', 'UTC');
    expect(words).toMatchObject({ href: '/replay/b_1', title: 'River stage', length: '1:02:05' });
    expect(words.label).toBe(`River stage, ${words.date}, length 1:02:05`);
    expect(wordsOf({ ...replay, durationS: null }, 'en-GB', 'UTC').length).toBe('');
  });

  it('step through the speeds', () => {
    expect([nextSpeed(1, 1), nextSpeed(1, -1), nextSpeed(2, 1), nextSpeed(0.25, -1), nextSpeed(1.1, 1)]).toEqual([
      1.25, 0.75, 2, 0.25, 1.25,
    ]);
  });
});
