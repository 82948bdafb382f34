import { describe, expect, it } from 'vitest';
import {
  initialState,
  pageStateOf,
  reduce,
  type WatchEvent,
  type WatchState,
  wantedBroadcast,
} from '../../web/src/watch/state.ts';
import { playingEvents, stateAfter, viewEvent } from './views.ts';

const unreachable: WatchEvent = { type: 'unreachable', code: 'page.unreachable' };
const offline: WatchEvent = { type: 'connectivity', online: false };
const online: WatchEvent = { type: 'connectivity', online: true };
const failed: WatchEvent = { type: 'media-failed', code: 'hls.levelLoadError.502' };

const still: WatchEvent = { type: 'edge', isStill: true };
const stalled: WatchEvent = { type: 'playback', playback: 'stalled' };

describe('what the page shows', () => {
  it.each([
    ['loading', []],
    ['waiting', [viewEvent({ state: 'waiting', broadcast: null })]],
    ['starting', [viewEvent({ state: 'starting' })]],
    ['interrupted', [viewEvent({ state: 'interrupted' })]],
    ['ended', [viewEvent({ state: 'ended' })]],
    ['loading', [viewEvent()]],
    ['live', playingEvents],
    ['not-found', [{ type: 'refused', reason: 'not-found' }]],
    ['private', [{ type: 'refused', reason: 'private' }]],
    ['interrupted', [viewEvent(), { type: 'mounted', broadcast: 'b_first' }, still, failed, failed, failed]],
    ['unsupported', [viewEvent(), { type: 'unsupported' }]],
    ['loading', [unreachable, unreachable]],
    ['error', [unreachable, unreachable, unreachable]],
    ['loading', [offline]],
    ['offline-you', [offline, unreachable]],
    ['offline-you', [...playingEvents, offline, stalled, still]],
    ['loading', [offline, unreachable, unreachable, unreachable, online]],
    ['loading', [viewEvent(), offline, failed, failed, failed, unreachable, online]],
    ['error', [unreachable, unreachable, unreachable, online]],
  ] as [string, WatchEvent[]][])('%s after %j', (expected, events) => {
    expect(pageStateOf(stateAfter(...events))).toBe(expected);
  });

  it('goes on showing a moving picture when the control plane fails or says that it is over', () => {
    const playing = stateAfter(...playingEvents);
    expect(pageStateOf(reduce(playing, viewEvent({ state: 'interrupted' })))).toBe('live');
    expect(pageStateOf(reduce(playing, viewEvent({ state: 'ended' })))).toBe('live');
    expect(pageStateOf([unreachable, unreachable, unreachable].reduce(reduce, playing))).toBe('live');
  });

  it('takes the picture away when the viewer may not see it', () => {
    const refused = reduce(stateAfter(...playingEvents), { type: 'refused', reason: 'private' });
    expect(pageStateOf(refused)).toBe('private');
    expect(wantedBroadcast(refused)).toBeNull();
  });

  it('shows the interruption once the buffer has run dry', () => {
    const state = stateAfter(...playingEvents, viewEvent({ state: 'interrupted' }), {
      type: 'playback',
      playback: 'stalled',
    });
    expect(pageStateOf(state)).toBe('interrupted');
  });

  it('is interrupted while nothing new is listed, whatever becomes of engines, and never over', () => {
    const dry = stateAfter(...playingEvents, still);
    expect(pageStateOf(dry)).toBe('live');
    const events = [stalled, failed, failed, failed, { type: 'mounted', broadcast: 'b_first' }, viewEvent()] as const;
    for (const [index] of events.entries()) {
      expect(pageStateOf(events.slice(0, index + 1).reduce<WatchState>(reduce, dry))).toBe('interrupted');
    }
    const interrupted = events.reduce<WatchState>(reduce, dry);
    expect(wantedBroadcast(interrupted)).toBe('b_first');
    expect(pageStateOf(reduce(interrupted, { type: 'edge', isStill: false }))).toBe('loading');
    expect(pageStateOf(reduce(dry, { type: 'playback', playback: 'paused' }))).toBe('live');
    expect(pageStateOf(reduce(interrupted, viewEvent({ broadcast: 'b_second' })))).toBe('error');
  });

  it('stays live while the picture buffers or a person has paused', () => {
    for (const playback of ['stalled', 'paused'] as const) {
      expect(pageStateOf(stateAfter(...playingEvents, { type: 'playback', playback }))).toBe('live');
    }
  });

  it('tells of media failures from the third in a row, and forgets them when the picture moves', () => {
    const two = stateAfter(...playingEvents, failed, failed);
    expect(pageStateOf(two)).toBe('loading');
    const three = reduce(two, failed);
    expect(pageStateOf(three)).toBe('error');
    expect(three.failureCode).toBe('hls.levelLoadError.502');
    const again = reduce(three, { type: 'playback', playback: 'playing' });
    expect(again.mediaFailures).toBe(0);
    expect(pageStateOf(again)).toBe('live');
  });

  it('is over when the media says so, even before the control plane does', () => {
    const state = stateAfter(...playingEvents, { type: 'playback', playback: 'finished' });
    expect(pageStateOf(state)).toBe('ended');
    expect(wantedBroadcast(state)).toBeNull();
    const unmounted = reduce(state, { type: 'mounted', broadcast: null });
    expect(pageStateOf(unmounted)).toBe('ended');
    expect(wantedBroadcast(unmounted)).toBeNull();
  });
});

describe('what the player should hold', () => {
  it('is nothing until the channel is live', () => {
    expect(wantedBroadcast(initialState)).toBeNull();
    for (const state of ['waiting', 'starting', 'interrupted', 'ended'] as const) {
      expect(wantedBroadcast(stateAfter(viewEvent({ state })))).toBeNull();
    }
    expect(wantedBroadcast(stateAfter(viewEvent()))).toBe('b_first');
  });

  it('is the new broadcast as soon as there is one', () => {
    const next = reduce(stateAfter(...playingEvents), viewEvent({ broadcast: 'b_second' }));
    expect(wantedBroadcast(next)).toBe('b_second');
    const overThenNext = stateAfter(
      ...playingEvents,
      { type: 'playback', playback: 'finished' },
      viewEvent({ broadcast: 'b_second' }),
    );
    expect(wantedBroadcast(overThenNext)).toBe('b_second');
  });

  it('stays through an interruption, so that the picture resumes by itself', () => {
    const dry = stateAfter(...playingEvents, viewEvent({ state: 'interrupted' }), {
      type: 'playback',
      playback: 'stalled',
    });
    expect(wantedBroadcast(dry)).toBe('b_first');
    expect(wantedBroadcast(reduce(dry, failed))).toBeNull();
    expect(wantedBroadcast(reduce(reduce(dry, failed), viewEvent()))).toBe('b_first');
  });

  it('is played out after the end, and no longer', () => {
    const ended = stateAfter(...playingEvents, viewEvent({ state: 'ended' }));
    expect(wantedBroadcast(ended)).toBe('b_first');
    expect(wantedBroadcast(reduce(ended, { type: 'playback', playback: 'stalled' }))).toBeNull();
  });
});

it('knows how far our clock is from that of the PoP', () => {
  const state = reduce(initialState, { ...viewEvent({ nowMs: 1_004_000 }), receivedMs: 1_000_000 } as WatchEvent);
  expect(state.clockSkewMs).toBe(4_000);
});
