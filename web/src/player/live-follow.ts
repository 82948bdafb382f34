import { pageLimits } from '#shared/limits/page.ts';

/** Whether a viewer stays at the live edge; changed by {@link follow} only. */
export interface LiveFollow {
  /** Neither paused nor went back since the picture was at the live edge, or since it began. */
  readonly wantsLive: boolean;
  /** The picture stood still since then, or has only begun. */
  readonly troubled: boolean;
  /** When the viewer was last put at the live edge; null: never. */
  readonly jumpedMs: number | null;
}

export type FollowEvent =
  | { readonly type: 'mounted' }
  | { readonly type: 'stalled' }
  /** A person paused or went back. */
  | { readonly type: 'chosen' }
  /** The picture moves. @param behindS further from the live edge than the engine aims for; null: unknown */
  | { readonly type: 'moves'; readonly behindS: number | null };

/** Before the first engine. */
export const initialFollow: LiveFollow = Object.freeze({ wantsLive: true, troubled: true, jumpedMs: null });

/**
 * The next state, and whether to jump to the live edge now: engines that lost time make up for a few per cent of it, if
 * any. Now and then only, so that a network that is too slow does not make a picture out of jumps.
 */
export function follow(state: LiveFollow, event: FollowEvent, nowMs: number): { next: LiveFollow; jump: boolean } {
  switch (event.type) {
    case 'mounted':
      return { next: { ...state, wantsLive: true, troubled: true }, jump: false };
    case 'stalled':
      return { next: { ...state, troubled: true }, jump: false };
    case 'chosen':
      return { next: { ...state, wantsLive: false, troubled: false }, jump: false };
    case 'moves':
      return moved(state, event.behindS, nowMs);
  }
}

function moved(state: LiveFollow, behindS: number | null, nowMs: number): { next: LiveFollow; jump: boolean } {
  if (behindS === null) return { next: state, jump: false };
  if (behindS * 1_000 <= pageLimits.behindMsMin) {
    return { next: { ...state, wantsLive: true, troubled: false }, jump: false };
  }
  const mayJump = state.jumpedMs === null || nowMs - state.jumpedMs >= pageLimits.goLiveEveryMs;
  const jump = state.wantsLive && state.troubled && mayJump;
  return { next: jump ? { ...state, jumpedMs: nowMs } : state, jump };
}
