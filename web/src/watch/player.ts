import { pageLimits } from '#shared/limits.ts';
import { backoffMs } from '../page/wait.ts';
import { loadEngineFactory, type Protocol } from './choose-engine.ts';
import type { Engine, EngineListener } from './engine.ts';
import { followProgress } from './progress.ts';
import type { WatchEvent } from './state.ts';

/** What the page wants on the screen. */
export interface Wanted {
  readonly broadcast: string;
  readonly url: string;
  /** Media should be arriving: silence is a failure. */
  readonly flowing: boolean;
}

/** Holds at most one engine on the video element, and the only retry of media in the page. */
export interface Player {
  /** Mounts, keeps or removes the engine so that it fits; cheap to call often. */
  want(wanted: Wanted | null): void;
  engine(): Engine | null;
  readonly stalls: number;
  /** Codes of the latest failures, oldest first. */
  readonly errors: readonly string[];
  /** When the next attempt is due, ms of performance.now(); null when none is. */
  readonly retryAtMs: number | null;
  /** Tries again now instead of later. */
  retryNow(): void;
}

/** What the player tells the page. */
export interface PlayerHooks {
  dispatch(event: WatchEvent): void;
  /** The engine can play; the page decides how to start. */
  onReady(): void;
  onLevels(): void;
}

/** A player on one video element. */
export function createPlayer(video: HTMLVideoElement, protocol: Protocol, hooks: PlayerHooks): Player {
  let wanted: Wanted | null = null;
  let engine: Engine | null = null;
  let attempts = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let retryAtMs: number | null = null;
  // Grows with every mount and unmount: an answer of an older mount is told by it and dropped.
  let generation = 0;
  const errors: string[] = [];
  const progress = followProgress(video, (playback) => {
    if (engine) hooks.dispatch({ type: 'playback', playback });
  });

  const note = (code: string) => {
    errors.push(code);
    if (errors.length > pageLimits.errorsKeptMax) errors.shift();
  };

  const unmount = () => {
    generation++;
    clearTimeout(retryTimer);
    retryAtMs = null;
    engine?.destroy();
    engine = null;
    hooks.onLevels();
  };

  const fail = (code: string) => {
    unmount();
    attempts++;
    const waitMs = backoffMs(attempts, pageLimits.mediaRetryMsMin, pageLimits.mediaRetryMsMax, Math.random());
    retryAtMs = performance.now() + waitMs;
    retryTimer = setTimeout(mount, waitMs);
    note(code);
    hooks.dispatch({ type: 'media-failed', code });
  };

  const listener = (mine: number): EngineListener => ({
    onReady: () => mine === generation && hooks.onReady(),
    onLevels: () => mine === generation && hooks.onLevels(),
    onSegment: () => progress.alive(performance.now()),
    onFailure(failure) {
      if (mine !== generation) return;
      if (failure.fatal) fail(failure.code);
      else note(failure.code);
    },
  });

  const mount = async () => {
    unmount();
    if (!wanted) return;
    const mine = generation;
    progress.restart(performance.now());
    hooks.dispatch({ type: 'mounted', broadcast: wanted.broadcast });
    try {
      const factory = await loadEngineFactory(protocol, video);
      if (mine !== generation) return;
      if (!factory) return hooks.dispatch({ type: 'unsupported' });
      engine = factory(video, listener(mine));
      engine.load(wanted.url);
    } catch {
      if (mine === generation) fail('page.engine_not_loaded');
    }
  };

  setInterval(() => {
    const nowMs = performance.now();
    if (progress.playedMs(nowMs) > pageLimits.mediaHealthyMs) attempts = 0;
    if (engine && wanted?.flowing && !video.paused && progress.frozen(nowMs)) fail('page.frozen');
  }, 1_000);

  return {
    want(next) {
      const before = wanted;
      wanted = next;
      if (next?.flowing && !before?.flowing) progress.alive(performance.now());
      if (next?.broadcast === before?.broadcast) return;
      attempts = 0;
      if (next) void mount();
      else {
        unmount();
        hooks.dispatch({ type: 'mounted', broadcast: null });
      }
    },
    engine: () => engine,
    get stalls() {
      return progress.stalls;
    },
    errors,
    get retryAtMs() {
      return retryAtMs;
    },
    retryNow() {
      if (retryAtMs !== null) void mount();
    },
  };
}
