import type { WatchView } from '#shared/model/view.ts';
import { initialState, reduce, type WatchEvent, type WatchState } from '../../web/src/watch/state.ts';

/** A view of a live channel, with what a test wants to be different. */
export function viewOf(different: Partial<WatchView> = {}): WatchView {
  return {
    channel: 'demo',
    title: 'River stage',
    state: 'live',
    latency: 'low',
    broadcast: 'b_first',
    startedMs: 1_000_000,
    endedMs: null,
    interruptedUntilMs: null,
    hls: '/live/demo/index.m3u8',
    dash: '/live/demo/index.mpd',
    pop: 'Frankfurt',
    nowMs: 1_000_000,
    ...different,
  };
}

/** The event of a view that has just arrived. */
export function viewEvent(different: Partial<WatchView> = {}): WatchEvent {
  return { type: 'view', view: viewOf(different), receivedMs: 1_000_000 };
}

/** The state after these events. */
export function stateAfter(...events: readonly WatchEvent[]): WatchState {
  return events.reduce(reduce, initialState);
}

/** A channel that is live and plays. */
export const playingEvents: readonly WatchEvent[] = [
  viewEvent(),
  { type: 'mounted', broadcast: 'b_first' },
  { type: 'playback', playback: 'playing' },
];
