import { describe, expect, it } from 'vitest';
import { cardOf } from '../../web/src/home/cards.ts';
import { bitrateText, clockText, durationText } from '../../web/src/page/duration.ts';
import { autoFamily } from '../../web/src/player/auto-family.ts';
import { levelChoices } from '../../web/src/player/level-names.ts';
import { type Sample, statsText } from '../../web/src/player/stats.ts';
import { factsLine } from '../../web/src/watch/facts-line.ts';
import { liveBadge } from '../../web/src/watch/live-badge.ts';
import { announcementFor, countdownText, screenFor } from '../../web/src/watch/screens.ts';
import { pageStates } from '../../web/src/watch/state.ts';
import { stateAfter, viewEvent } from './views.ts';

const minuteMs = 60_000;

describe('durations', () => {
  it.each([
    [-5, 'less than a minute'],
    [59_999, 'less than a minute'],
    [12 * minuteMs, '12 min'],
    [60 * minuteMs, '1 h'],
    [65 * minuteMs, '1 h 5 min'],
    [51 * 60 * minuteMs, '2 d 3 h'],
  ])('%i ms is %s', (durationMs, text) => expect(durationText(durationMs)).toBe(text));

  it.each([
    [0, '0 s'],
    [12.4, '12 s'],
    [59.6, '1:00 min'],
    [65, '1:05 min'],
    [3_725, '1:02:05 h'],
  ])('%d s on a clock is %s', (seconds, text) => expect(clockText(seconds)).toBe(text));

  it('tells bitrates', () => {
    expect([96_000, 999_000, 6_140_000].map(bitrateText)).toEqual(['96 kb/s', '999 kb/s', '6.1 Mb/s']);
  });
});

describe('live badge', () => {
  it('is live up to 3 s more than the engine aims for', () => {
    expect(liveBadge(1.2, 0.6).text).toBe('LIVE');
    expect(liveBadge(3.6, 0.6).behind).toBe(false);
    expect(liveBadge(3.7, 0.6).behind).toBe(true);
    expect(liveBadge(8.9, 6).behind).toBe(false);
    expect(liveBadge(null, null)).toEqual({ behind: false, text: 'LIVE', label: 'Live' });
  });

  it('tells the distance behind', () => {
    expect(liveBadge(12.2, 0.6)).toEqual({ behind: true, text: '−12 s', label: '12 s behind live' });
    expect(liveBadge(75, null).text).toBe('−1:15 min');
  });
});

describe('quality menu', () => {
  const level = (id: number, height: number, bitrate: number, frameRate = 30, codec = 'avc1.64001f') => {
    return { id, height, bitrate, frameRate, codec };
  };

  it('chooses by itself from the codec with the tallest picture, then from the widest ladder', () => {
    const h264 = [720, 480, 360].map((height) => ({ height, codec: 'avc1.64001f' }));
    const av1 = (...heights: number[]) => heights.map((height) => ({ height, codec: 'av01.0.05M.08' }));
    expect(autoFamily([...h264, ...av1(360)])).toBe('h264');
    expect(autoFamily([...h264, ...av1(720)])).toBe('h264');
    expect(autoFamily([...h264, ...av1(1080)])).toBe('av1');
    expect(autoFamily([...h264, ...av1(720, 480, 360)])).toBe('av1');
    expect(autoFamily([{ height: 720, codec: '' }])).toBeNull();
  });

  it('tells the codec where there are several, and H.264 needs no name', () => {
    const levels = [
      level(0, 720, 3e6),
      level(1, 360, 7e5),
      level(2, 720, 2e6, 60, 'av01.0.05M.08'),
      level(3, 360, 5e5, 30, 'vp09.00.21.08.00.02.02.02.00'),
      level(4, 720, 2.1e6, 30, 'hvc1.1.6.L93.90'),
    ];
    const names = levelChoices(levels, null).map((choice) => choice.name);
    expect(names).toEqual(['Auto', '720p', '720p HEVC', '720p60 AV1', '360p', '360p VP9']);
    const alone = levelChoices([level(0, 720, 2e6, 30, 'av01.0.05M.08')], null);
    expect(alone.map((choice) => choice.name)).toEqual(['Auto', '720p']);
  });

  it('lists real heights, tallest first, with Auto on top', () => {
    const names = levelChoices([level(0, 360, 8e5), level(1, 1080, 6e6), level(2, 720, 3e6)], 720).map((c) => c.name);
    expect(names).toEqual(['Auto (720p)', '1080p', '720p', '360p']);
    expect(levelChoices([level(0, 360, 8e5)], null)[0]).toEqual({ id: null, name: 'Auto' });
  });

  it('tells frame rate and bitrate where they make the difference', () => {
    const levels = [level(0, 1080, 6e6, 60), level(1, 1080, 4e6), level(2, 720, 3e6), level(3, 720, 2e6)];
    expect(levelChoices(levels, null).map((c) => [c.id, c.name])).toEqual([
      [null, 'Auto'],
      [0, '1080p60'],
      [1, '1080p'],
      [2, '720p · 3.0 Mb/s'],
      [3, '720p · 2.0 Mb/s'],
    ]);
  });
});

describe('screens', () => {
  it('has icon, headline, sentence and a spoken form for every state but live', () => {
    for (const page of pageStates) {
      const screen = screenFor(page);
      if (page === 'live') expect(screen).toBeNull();
      else expect([screen?.icon, screen?.headline, screen?.sentence].every((text) => text)).toBe(true);
      if (screen && page !== 'loading') expect(announcementFor(page)).toBe(`${screen.headline}. ${screen.sentence}`);
    }
  });

  it('does not say that the streamer is gone while only what is made does not arrive', () => {
    const gone = screenFor('interrupted');
    const unreached = screenFor('interrupted', { isLive: true });
    expect(gone?.sentence).toContain('The streamer lost the connection');
    expect(unreached).toMatchObject({ icon: 'interrupted', headline: gone?.headline });
    expect(unreached?.sentence).toContain('The stream is live, but nothing new of it arrives here');
    expect(announcementFor('interrupted', { isLive: true })).toBe(`${unreached?.headline}. ${unreached?.sentence}`);
  });

  it('counts down by the clock of the PoP', () => {
    const view = viewEvent({ state: 'interrupted', nowMs: 1_010_000, interruptedUntilMs: 1_064_000 });
    const state = stateAfter(view);
    expect(countdownText('interrupted', state, 1_000_000, null)).toBe('54 s left before the stream ends');
    expect(countdownText('interrupted', state, 1_070_000, null)).toBe('The stream ends any moment');
    expect(countdownText('waiting', state, 1_000_000, null)).toBeNull();
  });

  it('tells when it tries again, and what failed', () => {
    const state = stateAfter({ type: 'unreachable', code: 'http_502' });
    expect(countdownText('error', state, 0, 3_200)).toBe('Trying again in 4 s (http_502)');
    expect(countdownText('error', state, 0, null)).toBe('Trying again now (http_502)');
  });
});

it('tells since when, by the clock of the PoP', () => {
  const skewed = { nowMs: 1_000_000 + 5 * minuteMs };
  expect(factsLine(stateAfter(viewEvent({ ...skewed, startedMs: 1_000_000 })), 1_000_000)).toBe('Live for 5 min');
  expect(factsLine(stateAfter(viewEvent({ ...skewed, state: 'ended', endedMs: 1_000_000 })), 1_000_000)).toBe(
    'Ended 5 min ago',
  );
  expect(factsLine(stateAfter(viewEvent({ state: 'waiting', startedMs: null })), 0)).toBe('Not live yet');
  expect(factsLine(stateAfter(), 0)).toBe('');
});

it('names a card after its channel when it has no title', () => {
  const live = { channel: 'north', title: ' ', state: 'interrupted', startedMs: 0, height: null } as const;
  const card = cardOf(live, 12 * minuteMs);
  expect(card).toMatchObject({ title: 'north', badge: 'BACK SOON', facts: 'live for 12 min', href: '/watch/north' });
  expect(cardOf({ ...live, state: 'live', height: 1080 }, 0)).toMatchObject({
    badge: 'LIVE',
    facts: '1080p · live for less than a minute',
  });
  expect(cardOf(live, 0).hue).toBe(card.hue);
});

it('reports statistics as text', () => {
  const sample: Sample = {
    engine: 'hls.js',
    latencySeconds: 1.234,
    targetSeconds: 0.6,
    bufferSeconds: null,
    width: 1280,
    height: 720,
    bitrate: 3_000_000,
    droppedFrames: 1,
    totalFrames: 500,
    stalls: 0,
    pop: 'Frankfurt',
    broadcast: 'b_first',
    lastError: null,
  };
  expect(statsText(sample)).toBe(
    [
      'Engine: hls.js',
      'Behind live: 1.23 s (aims for 0.60 s)',
      'Buffer: –',
      'Picture: 1280×720',
      'Bitrate: 3.0 Mb/s',
      'Dropped frames: 1 of 500',
      'Stalls: 0',
      'PoP: Frankfurt',
      'Broadcast: b_first',
      'Last error: none',
    ].join('\n'),
  );
});
