import { pageLimits } from '#shared/limits/page.ts';
import type { Playback, PlayerEvent } from './playback.ts';

type Reported = Extract<PlayerEvent, { type: 'playback' }>['playback'];

/** Follows a video element: what it is doing, how often it stalled, how long nothing has come. */
export interface Progress {
  readonly stalls: number;
  /** Forget the past: a new engine begins. */
  restart(nowMs: number): void;
  /** New media has arrived. */
  alive(nowMs: number): void;
  /** Neither picture nor media for too long. */
  frozen(nowMs: number): boolean;
  /** Time of unbroken play, ms. */
  playedMs(nowMs: number): number;
}

/** Starts to follow; `report` hears each change once. */
export function followProgress(video: HTMLVideoElement, report: (playback: Reported) => void): Progress {
  let stalls = 0;
  let last: Playback = 'none';
  let aliveMs = 0;
  let playingSinceMs: number | null = null;
  let position = -1;
  const say = (playback: Reported) => {
    if (playback === last) return;
    last = playback;
    playingSinceMs = playback === 'playing' ? performance.now() : null;
    report(playback);
  };
  const moved = () => {
    if (video.paused || video.seeking || video.currentTime === position) return;
    position = video.currentTime;
    aliveMs = performance.now();
    if (video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA) say('playing');
  };
  video.addEventListener('timeupdate', moved);
  video.addEventListener('playing', moved);
  video.addEventListener('waiting', () => {
    if (last !== 'playing') return;
    if (!video.seeking) stalls++;
    say('stalled');
  });
  video.addEventListener('pause', () => {
    if (!video.ended && (last === 'playing' || last === 'stalled')) say('paused');
  });
  video.addEventListener('play', () => {
    if (last === 'paused') say('stalled');
  });
  video.addEventListener('ended', () => say('finished'));
  return {
    get stalls() {
      return stalls;
    },
    restart(nowMs) {
      last = 'none';
      playingSinceMs = null;
      position = video.currentTime;
      aliveMs = nowMs;
    },
    alive(nowMs) {
      aliveMs = nowMs;
    },
    frozen: (nowMs) => nowMs - aliveMs > pageLimits.frozenMsMax,
    playedMs: (nowMs) => (playingSinceMs === null ? 0 : nowMs - playingSinceMs),
  };
}
