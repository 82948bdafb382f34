import { describe, expect, it } from 'vitest';
import { shownReplayStates } from '#shared/model/replay-status.ts';
import { addressOf, pathOf } from '../../web/src/replay/address.ts';
import type { MediaItem } from '../../web/src/replay/media-item.ts';
import { announcementFor, countdownText, noticeFor, screenFor } from '../../web/src/replay/screens.ts';
import {
  initialPage,
  pageStateOf,
  pageStates,
  type ReplayEvent,
  type ReplayPage,
  reduce,
  wantedItem,
} from '../../web/src/replay/state.ts';
import { nextViewMs } from '../../web/src/replay/timing.ts';

const id = 'b_01jd5m3k8q2wxyz01234';
const item: MediaItem = {
  title: 'River stage',
  channel: 'demo',
  broadcast: id,
  state: 'ready',
  hls: `/b/${id}/index.m3u8`,
  dash: `/b/${id}/index.mpd`,
  range: null,
  poster: null,
  thumbs: null,
  download: null,
  dateMs: 1_000_000,
  durationS: 60,
  pop: 'Frankfurt',
};

const pageAfter = (...events: readonly ReplayEvent[]): ReplayPage => events.reduce(reduce, initialPage);
const stateAfter = (...events: readonly ReplayEvent[]) => pageStateOf(pageAfter(...events));
const view = (different: Partial<MediaItem> = {}): ReplayEvent => ({ type: 'view', item: { ...item, ...different } });
const mounted: ReplayEvent = { type: 'mounted', broadcast: id };
const playback = (now: 'playing' | 'paused' | 'stalled' | 'finished'): ReplayEvent => ({
  type: 'playback',
  playback: now,
});
const failed: ReplayEvent = { type: 'media-failed', code: 'hls.fragLoadError.404' };
const unreachable: ReplayEvent = { type: 'unreachable', code: 'page.timeout' };
const offline: ReplayEvent = { type: 'connectivity', online: false };
const online: ReplayEvent = { type: 'connectivity', online: true };

describe('the page of a replay', () => {
  it.each(shownReplayStates)('shows the picture of one that is %s', (state) => {
    expect(stateAfter(view({ state }))).toBe('loading');
    expect(stateAfter(view({ state }), mounted)).toBe('loading');
    for (const now of ['playing', 'paused', 'stalled', 'finished'] as const) {
      expect(stateAfter(view({ state }), mounted, playback(now))).toBe(state);
    }
  });

  it('follows a broadcast from recording to ready without another picture', () => {
    const events = [view({ state: 'recording' }), mounted, playback('playing')];
    const states = ['recording', 'uploading', 'ready'] as const;
    expect(states.map((state) => stateAfter(...events, view({ state })))).toEqual(states);
    expect(wantedItem(pageAfter(...events, view()))).toEqual(item);
  });

  it.each(['not-found', 'gone', 'private'] as const)('takes the picture away from what is %s', (reason) => {
    const page = pageAfter(view(), mounted, playback('playing'), { type: 'refused', reason });
    expect([pageStateOf(page), wantedItem(page)]).toEqual([reason, null]);
    expect(pageStateOf(reduce(page, view()))).toBe('ready');
  });

  it('keeps a picture that is there when the control plane is away or the device offline', () => {
    const playing = [view(), mounted, playback('playing')];
    expect(stateAfter(...playing, unreachable, unreachable, unreachable)).toBe('ready');
    expect(stateAfter(...playing, offline)).toBe('ready');
    expect(stateAfter(...playing, playback('paused'), offline)).toBe('ready');
    expect(stateAfter(...playing, playback('stalled'), offline)).toBe('offline-you');
    expect(stateAfter(...playing, failed, offline)).toBe('offline-you');
  });

  it('does not hold against the server what failed while the device was offline', () => {
    expect(stateAfter(view(), mounted, offline, failed, failed, failed)).toBe('offline-you');
    expect(stateAfter(view(), mounted, offline, failed, failed, failed, online)).toBe('loading');
    expect(stateAfter(view(), mounted, failed, failed, failed, online)).toBe('error');
  });

  it('tells of failures after the third in a row, and forgets them when the picture moves', () => {
    expect(stateAfter(unreachable, unreachable)).toBe('loading');
    expect(stateAfter(unreachable, unreachable, unreachable)).toBe('error');
    const broken = [view(), mounted, failed, mounted, failed, mounted];
    expect(stateAfter(...broken)).toBe('loading');
    expect(stateAfter(...broken, failed)).toBe('error');
    const page = pageAfter(...broken, failed, mounted, playback('playing'));
    expect([pageStateOf(page), page.mediaFailures]).toEqual(['ready', 0]);
  });

  it('says when this browser can play nothing', () => {
    const page = pageAfter(view(), { type: 'unsupported' });
    expect([pageStateOf(page), wantedItem(page)]).toEqual(['unsupported', null]);
  });

  it('has words and a way out for every state without a picture', () => {
    for (const state of pageStates) {
      const screen = screenFor(state);
      if (!screen) expect(shownReplayStates).toContain(state);
      else if (state !== 'loading') expect(screen.action, state).not.toBeNull();
      expect(announcementFor(state) === null, state).toBe(state === 'loading');
    }
    expect([noticeFor('ready'), noticeFor('uploading')]).toEqual([
      null,
      'The end of this replay is still being stored.',
    ]);
    const page = pageAfter(view(), mounted, failed);
    expect(countdownText('error', page, 1_200)).toBe('Trying again in 2 s (hls.fragLoadError.404)');
    expect(countdownText('ready', page, null)).toBeNull();
  });

  it('looks again soon while something changes, and seldom once nothing does', () => {
    expect(nextViewMs(pageAfter(view(), mounted, playback('playing')), false, 0.5)).toBe(60_000);
    const changing = pageAfter(view({ state: 'uploading' }), mounted, playback('playing'));
    expect(nextViewMs(changing, false, 0.5)).toBe(5_000);
    expect(nextViewMs(changing, true, 0.5)).toBe(10_000);
    expect(nextViewMs(pageAfter({ type: 'refused', reason: 'gone' }), false, 0.5)).toBe(10_000);
    expect(nextViewMs(pageAfter(unreachable), false, 1)).toBe(2_000);
  });
});

describe('the address', () => {
  const clip = 'cl_01jd5m3k8q2wxyz01234';
  const bounds = 'start=2026-11-21T12:00:00.000Z&end=2026-11-21T12:00:30.500Z';
  const startMs = Date.UTC(2026, 10, 21, 12, 0, 0);

  it('names a replay, a part of it, a clip, and where to begin', () => {
    expect(addressOf(`/replay/${id}`, '')).toEqual({ kind: 'replay', id, slice: null, fromS: 0 });
    expect(addressOf(`/replay/${id}/`, `?${bounds}&t=9`)).toEqual({
      kind: 'replay',
      id,
      slice: { startMs, endMs: startMs + 30_500 },
      fromS: 9,
    });
    expect(addressOf(`/replay/${id}`, '?start=2026-11-21T13:00:00%2B01:00')).toMatchObject({
      slice: { startMs, endMs: null },
    });
    expect(addressOf(`/clip/${clip}`, '?t=4.5')).toEqual({ kind: 'clip', id: clip, fromS: 4.5 });
    for (const path of [`/replay/${id}`, `/clip/${clip}`]) {
      expect(addressOf(`/embed${path}`, `?${bounds}`)).toEqual(addressOf(path, `?${bounds}`));
    }
  });

  it.each([
    ['/replay/', ''],
    [`/replay/${clip}`, ''],
    [`/clip/${id}`, ''],
    ['/replay/%3Cscript%3E', ''],
    [`/watch/${id}`, ''],
    [`/embed/${id}`, ''],
    [`/embed/embed/replay/${id}`, ''],
  ])('%s%s names nothing', (path, search) => expect(addressOf(path, search)).toBeNull());

  it.each(['?start=yesterday', '?start=2026-11-21T12:00:30Z&end=2026-11-21T12:00:00Z', '?t=-3', '?t=x'])(
    'leaves out what makes no sense: %s',
    (search) => expect(addressOf(`/replay/${id}`, search)).toEqual({ kind: 'replay', id, slice: null, fromS: 0 }),
  );

  it('is written back', () => {
    for (const search of ['', `?${bounds}`, `?${bounds}&t=9`, '?t=9']) {
      const address = addressOf(`/replay/${id}`, search);
      expect(address && pathOf(address, address.fromS)).toBe(`/replay/${id}${search}`);
    }
  });
});
