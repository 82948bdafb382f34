import { durationText } from '../page/duration.ts';
import type { WatchState } from './state.ts';

/**
 * The line below the title: `Live for 12 min`, `Ended 5 min ago`, or empty.
 * @param nowMs our clock
 */
export function factsLine(state: WatchState, nowMs: number): string {
  const { view, refusal } = state;
  if (!view || refusal) return '';
  const popNowMs = nowMs + state.clockSkewMs;
  switch (view.state) {
    case 'live':
    case 'interrupted':
      return view.startedMs === null ? 'Live' : `Live for ${durationText(popNowMs - view.startedMs)}`;
    case 'starting':
      return 'Starting';
    case 'ended':
      return view.endedMs === null ? 'Ended' : `Ended ${durationText(popNowMs - view.endedMs)} ago`;
    case 'waiting':
      return 'Not live yet';
  }
}
