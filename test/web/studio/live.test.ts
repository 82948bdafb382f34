import { describe, expect, it } from 'vitest';
import { studioLimits } from '#shared/limits/page.ts';
import { type LoggedFinding, withFindings } from '../../../web/src/studio/findings-log.ts';
import { dwellRows, healthLines, verdictOf } from '../../../web/src/studio/health-words.ts';
import { withFirstPage, withMore } from '../../../web/src/studio/known-items.ts';
import {
  countdownText,
  expectedText,
  isOnAir,
  previewUrl,
  seenLines,
  stageWords,
  timerText,
  worstFirst,
} from '../../../web/src/studio/live-words.ts';
import { reportText } from '../../../web/src/studio/report-text.ts';
import { roundTop, type Sample, stripPath, withSample } from '../../../web/src/studio/samples.ts';
import { changeOf, formOf, idFromTitle } from '../../../web/src/studio/settings-form.ts';
import { channelOf, factsOf, findingOf, nowMs, reportOf } from './facts.ts';

describe('stage', () => {
  it.each([
    [{ state: 'waiting' }, 'listening', false],
    [{ state: 'ended' }, 'listening', false],
    [{ state: 'starting' }, 'starting', true],
    [{ state: 'live' }, 'live', true],
    [{ state: 'interrupted' }, 'interrupted', true],
    [{ state: 'live', disabled: true }, 'closed', false],
    [{ state: 'live', sourceUrl: 'https://example.com/x.m3u8' }, 'foreign', false],
  ] as const)('%o is %s', (channel, stage, onAir) => {
    const words = stageWords(factsOf(channel));
    expect([words.stage, isOnAir(words.stage)]).toEqual([stage, onAir]);
  });

  it('tells when the last broadcast ended', () => {
    const ended = factsOf({ state: 'ended' }, { state: 'ended', endedMs: nowMs - 300_000 });
    expect(stageWords(ended).sentence).toContain('The last broadcast ended 5 min ago.');
    expect(stageWords(factsOf({ state: 'waiting' }, null)).sentence).not.toContain('ended');
  });

  it('counts up while on air, and down while interrupted', () => {
    expect(timerText(factsOf())).toBe('12:05');
    expect(timerText(factsOf({}, { state: 'ended' }))).toBeNull();
    expect(countdownText(factsOf())).toBeNull();
    const interrupted = (leftMs: number) => factsOf({}, { state: 'interrupted', interruptedUntilMs: nowMs + leftMs });
    expect(countdownText(interrupted(53_200))).toBe('54 s left before the broadcast ends');
    expect(countdownText(interrupted(-1))).toBe('The broadcast ends any moment');
  });

  it('tells what the encoder sends', () => {
    expect(seenLines(reportOf())).toEqual([
      ['Picture', '1920 × 1080, 60 fps, H.264'],
      ['Bitrate', '6.1 Mb/s'],
      ['Keyframes', 'every 2.0 s'],
      ['Sound', 'AAC, 48 kHz, stereo'],
      ['Encoder', 'OBS 31.0'],
      ['Viewers get', '1080p, 720p, 360p'],
    ]);
    const bare = reportOf({ source: { video: null, audio: null, encoder: '' }, renditions: [] });
    expect(seenLines(bare)).toEqual([
      ['Picture', 'none'],
      ['Sound', 'none'],
    ]);
    expect(seenLines(null)).toEqual([]);
  });

  it('previews the lowest rendition, and nothing of a signed channel', () => {
    expect(previewUrl(factsOf())).toBe('/live/news/index.m3u8?max_height=360');
    expect(previewUrl(factsOf({ visibility: 'signed' }))).toBeNull();
    expect(previewUrl(factsOf({}, { report: null }))).toBeNull();
  });

  it('puts the worst finding first', () => {
    const findings = [
      findingOf({ code: 'audio.none', severity: 'info', openedMs: 1 }),
      findingOf({ openedMs: 3 }),
      findingOf({ code: 'transcode.slow', severity: 'error', openedMs: 9 }),
      findingOf({ code: 'ts.jump', openedMs: 2 }),
    ];
    expect(worstFirst(findings).map(({ code }) => code)).toEqual([
      'transcode.slow',
      'ts.jump',
      'video.gop_long',
      'audio.none',
    ]);
  });
});

describe('health', () => {
  const slow = { fps: 20, bitrate: 2_500_000, droppedFrames: 0, restarts: 0 };
  const withFinding = (severity: 'info' | 'warning' | 'error') =>
    factsOf({}, { report: reportOf({ findings: [findingOf({ severity })] }) });

  it.each([
    ['good', factsOf()],
    ['good', withFinding('info')],
    ['warning', withFinding('warning')],
    ['bad', withFinding('error')],
    ['warning', factsOf({}, { report: reportOf({ health: { ...slow, speed: 0.94 } }) })],
    ['good', factsOf({}, { report: reportOf({ health: { ...slow, speed: 0.95 } }) })],
    ['bad', factsOf({ state: 'interrupted' })],
    ['off', factsOf({ state: 'starting' })],
    ['off', factsOf({ state: 'ended' })],
    ['off', factsOf({ disabled: true })],
  ] as const)('the verdict is %s', (tone, facts) => expect(verdictOf(facts).tone).toBe(tone));

  it('tells figures and dwell times', () => {
    const { health } = reportOf();
    expect(Object.fromEntries(healthLines(health))).toMatchObject({
      ...{ Frames: '60.0 per second', Speed: '1.01 × real time', 'Rungs left out': 'none' },
    });
    expect(healthLines(null)).toEqual([]);
    expect(dwellRows(health?.dwell)).toEqual([
      ['Arrival', '3 ms', '9 ms'],
      ['Encoding', '180 ms', '240 ms'],
      ['Packaging', '340 ms', '350 ms'],
      ['In all', '–', '–'],
    ]);
    expect(dwellRows(undefined)[0]).toEqual(['Arrival', '–', '–']);
  });

  it('measures once for each report, and stands still while nothing is live', () => {
    const at = (updatedMs: number, state: 'live' | 'interrupted' = 'live') => factsOf({}, { updatedMs, state });
    let samples = withSample([], at(1_000));
    samples = withSample(samples, at(1_000));
    samples = withSample(samples, at(3_000));
    samples = withSample(samples, at(5_000, 'interrupted'));
    samples = withSample(samples, factsOf({}, { updatedMs: 7_000, report: null }));
    expect(samples.map(({ atMs }) => atMs)).toEqual([1_000, 3_000]);
    for (let n = 0; n < studioLimits.samplesKeptMax; n++) samples = withSample(samples, at(10_000 + n));
    expect([samples.length, samples[0]?.atMs]).toEqual([studioLimits.samplesKeptMax, 10_000]);
  });

  it('draws a line, broken where measurements are missing', () => {
    const sample = (atMs: number, speed: number): Sample => ({ atMs, speed, bitrate: 0, fps: 0 });
    const samples = [sample(0, 1), sample(10_000, 2), sample(40_000, 0.5)];
    const size = { width: 400, height: 100 };
    expect(stripPath(samples, ({ speed }) => speed, 2, size)).toBe('M0.0 50.0h0L100.0 0.0M400.0 75.0h0');
    expect(stripPath([], ({ speed }) => speed, 2, size)).toBe('');
  });

  it.each([
    [[], 1],
    [[6_200_000], 6_500_000],
    [[1, 1.01], 1.5],
    [[0.5], 0.5],
  ])('%o end at %d', (values, top) => expect(roundTop(values)).toBe(top));

  it('logs each finding once, newest first, with its end', () => {
    const long = findingOf();
    const slow = findingOf({ code: 'transcode.slow', openedMs: nowMs - 5_000 });
    let log: readonly LoggedFinding[] = withFindings([], [long], nowMs);
    log = withFindings(log, [{ ...long, expectedMs: 5 }, slow], nowMs + 1);
    log = withFindings(log, [slow], nowMs + 2);
    log = withFindings(log, [slow], nowMs + 3);
    expect(log.map(({ finding, closedMs }) => [finding.code, closedMs])).toEqual([
      ['transcode.slow', null],
      ['video.gop_long', nowMs + 2],
    ]);
    expect(withFindings(log, [{ ...long, openedMs: nowMs + 4 }], nowMs + 4)).toHaveLength(3);
  });

  it.each([
    [undefined, null],
    [nowMs + 12 * 60_000 + 30_000, 'Expected in about 12 min.'],
    [nowMs + 12_600_000, 'Expected in about 3 h 30 min.'],
    [nowMs + 59_000, 'Expected any moment.'],
    [nowMs - 1, 'Expected any moment.'],
  ])('what a finding warns of at %s is told as %s', (expectedMs, text) =>
    expect(expectedText(findingOf({ expectedMs }), nowMs)).toBe(text),
  );

  it('reports in plain text', () => {
    const text = reportText(factsOf(), [{ finding: findingOf(), closedMs: null }]);
    expect(text).toContain('Broadcast b_00000000000000000001 on fra-1, begun 2026-11-21T11:47:55.000Z');
    expect(text).toContain('All is well: ');
    const low = findingOf({ code: 'disk.low', sentence: 'Full soon.', expectedMs: nowMs + 720_000 });
    expect(reportText(factsOf(), [{ finding: low, closedMs: null }])).toContain(
      'Full soon. Open, expected at 2026-11-21T12:12:00.000Z.',
    );
    expect(text).toContain('2026-11-21T11:59:00.000Z video.gop_long: Keyframes are too far apart');
    expect(reportText(factsOf({ state: 'waiting' }, null), [])).toContain('Offline: ');
  });
});

describe('known items', () => {
  const keyOf = (item: string) => item.slice(0, 1);
  const known = { items: ['a1', 'b1', 'c1', 'd1'], next: 'd' };

  it('keeps what is further down', () => {
    const page = { items: ['n1', 'a2', 'b2'], next: 'b' };
    expect(withFirstPage(known, page, keyOf)).toEqual({ items: ['n1', 'a2', 'b2', 'c1', 'd1'], next: 'd' });
  });

  it('forgets what a whole list no longer has', () => {
    expect(withFirstPage(known, { items: ['b2'], next: null }, keyOf)).toEqual({ items: ['b2'], next: null });
    expect(withFirstPage(known, { items: [], next: null }, keyOf)).toEqual({ items: [], next: null });
  });

  it('begins anew when more is new than a page holds', () => {
    const page = { items: ['x', 'y'], next: 'y' };
    expect(withFirstPage(known, page, keyOf)).toEqual(page);
  });

  it('shows nothing twice', () => {
    expect(withMore(known, { items: ['d2', 'e1'], next: null }, keyOf)).toEqual({
      items: [...known.items, 'e1'],
      next: null,
    });
  });
});

describe('settings', () => {
  const channel = channelOf();

  it('changes nothing that was not touched', () => {
    for (const retention of [{ keep: 'all' }, { keep: 'days', days: 7 }, { keep: 'last', count: 3 }] as const) {
      const kept = channelOf({ retention });
      expect(changeOf(kept, formOf(kept))).toEqual({});
    }
  });

  it('changes what was', () => {
    const form = {
      ...formOf(channel),
      title: ' News ',
      reconnectS: '90',
      slate: true,
      keep: 'last',
      count: '0',
    } as const;
    expect(changeOf(channel, form)).toEqual({
      ...{ title: 'News', reconnectWindowMs: 90_000, slate: true },
      retention: { keep: 'last', count: 0 },
    });
    const days = channelOf({ retention: { keep: 'days', days: 7 } });
    expect(changeOf(days, { ...formOf(days), days: '8' })).toEqual({ retention: { keep: 'days', days: 8 } });
    expect(changeOf(days, { ...formOf(days), keep: 'all' })).toEqual({ retention: { keep: 'all' } });
  });

  it.each([
    ['Evening news', 'evening-news'],
    [' Café  – Zürich! ', 'cafe-zurich'],
    ['日本', ''],
    ['x'.repeat(80), 'x'.repeat(64)],
  ])('%j suggests %j', (title, id) => expect(idFromTitle(title)).toBe(id));
});
