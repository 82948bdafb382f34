import { pageLimits } from '#shared/limits/page.ts';
import { loadEngineFactory, type Protocol } from './choose-engine.ts';
import type { Engine, EngineListener } from './engine.ts';
import { createLiveWatch, type LiveWatch } from './live-watch.ts';
import { createMediaRetry } from './media-retry.ts';
import type { PlayerEvent } from './playback.ts';
import { followProgress, type Progress } from './progress.ts';
import type { TokenRenewal } from './token-renewal.ts';

/** What the page wants on the screen. */
export interface Wanted {
  readonly broadcast: string;
  readonly url: string;
  /** Media should be arriving: silence is a failure. */
  readonly flowing: boolean;
  /** Media time to begin at, seconds, asked at each attempt; null: where the manifest says. */
  startS?(): number | null;
}

/** Holds at most one engine on the video element, and the only retry of media in the page. */
export interface Player {
  /** Mounts, keeps or removes the engine so that it fits; cheap to call often. */
  want(wanted: Wanted | null): void;
  engine(): Engine | null;
  stalls(): number;
  /** Codes of the latest failures that ended an engine, oldest first. */
  readonly errors: readonly string[];
  /** Codes of what engines mended by themselves, oldest first: a jump over a hole, a request made again. */
  readonly warnings: readonly string[];
  /** When the next attempt is due, ms of performance.now(); null when none is. */
  retryAtMs(): number | null;
  /** Tries again now instead of later. */
  retryNow(): void;
  /** What failed without a network is tried again now, and says nothing of the stream. */
  wayIsBack(): void;
}

/** What the player tells the page. */
export interface PlayerHooks {
  dispatch(event: PlayerEvent): void;
  /** The engine can play; the page decides how to start. */
  onReady(): void;
  onLevels(): void;
}

/** A player on one video element. */
export function createPlayer(
  video: HTMLVideoElement,
  protocol: Protocol,
  renewal: () => TokenRenewal | null,
  hooks: PlayerHooks,
): Player {
  let wanted: Wanted | null = null;
  let engine: Engine | null = null;
  // Grows with every mount and unmount: an answer of an older mount is told by it and dropped.
  let generation = 0;
  const errors: string[] = [];
  const warnings: string[] = [];
  const retry = createMediaRetry(() => void mount());
  const live = createLiveWatch(video, { engine: () => engine, ...hooks });
  const progress = followProgress(video, (playback) => {
    if (!engine) return;
    // What can be played is over, and the broadcast is not: the engine has given up.
    if (playback === 'finished' && !engine.isOver()) return fail('page.ended_early');
    live.note(playback);
    hooks.dispatch({ type: 'playback', playback });
  });
  const unmount = () => {
    generation++;
    retry.cancel();
    engine?.destroy();
    engine = null;
    hooks.onLevels();
  };
  const fail = (code: string, isUnreached = false) => {
    unmount();
    retry.later();
    keep(errors, code);
    live.fail(isUnreached, performance.now());
    hooks.dispatch({ type: 'media-failed', code });
  };
  const mount = async () => {
    unmount();
    if (!wanted) return;
    const mine = generation;
    const nowMs = performance.now();
    progress.restart(nowMs);
    live.begin(wanted.broadcast, wanted.startS === undefined, nowMs);
    hooks.dispatch({ type: 'mounted', broadcast: wanted.broadcast });
    try {
      const factory = await loadEngineFactory(protocol, video);
      if (mine !== generation) return;
      if (!factory) return hooks.dispatch({ type: 'unsupported' });
      engine = factory(
        video,
        listenerFor(() => mine === generation, { hooks, live, progress, warnings, fail }),
        renewal(),
      );
      const startS = wanted.startS?.() ?? null;
      engine.load(wanted.url, startS === null ? live.start() : { atS: startS });
    } catch {
      if (mine === generation) fail('page.engine_not_loaded');
    }
  };
  const want = (next: Wanted | null) => {
    const before = wanted;
    wanted = next;
    if (next?.flowing && !before?.flowing) {
      progress.alive(performance.now());
      live.await(performance.now());
    }
    if (next?.broadcast === before?.broadcast) return;
    retry.forgive();
    if (next) return void mount();
    unmount();
    hooks.dispatch({ type: 'mounted', broadcast: null });
  };
  const retryNow = () => void (retry.atMs !== null && mount());
  setInterval(() => {
    const nowMs = performance.now();
    const playedMs = progress.playedMs(nowMs);
    if (playedMs > pageLimits.mediaHealthyMs) retry.forgive();
    live.look(playedMs, nowMs);
    const isPlayed = live.onTrial() || !video.paused;
    if (engine && wanted?.flowing && isPlayed && progress.frozen(nowMs)) fail('page.frozen', true);
  }, 1_000);
  return {
    want,
    engine: () => engine,
    stalls: () => progress.stalls,
    errors,
    warnings,
    retryAtMs: () => retry.atMs,
    retryNow,
    wayIsBack() {
      live.await(performance.now());
      retryNow();
    },
  };
}

/** Passes on what an engine reports for as long as it is the mounted one. */
function listenerFor(
  mounted: () => boolean,
  to: {
    hooks: PlayerHooks;
    live: LiveWatch;
    progress: Progress;
    warnings: string[];
    fail(code: string, isUnreached: boolean): void;
  },
): EngineListener {
  return {
    onReady() {
      if (!mounted()) return;
      to.progress.alive(performance.now());
      to.live.ready();
    },
    onLevels: () => mounted() && to.hooks.onLevels(),
    onSegment() {
      if (!mounted()) return;
      const nowMs = performance.now();
      to.progress.alive(nowMs);
      to.live.look(0, nowMs);
    },
    onFailure({ fatal, code, isUnreached }) {
      if (!mounted()) return;
      if (fatal) to.fail(code, isUnreached);
      else keep(to.warnings, code);
    },
  };
}

/** The latest failures only. */
function keep(errors: string[], code: string): void {
  errors.push(code);
  if (errors.length > pageLimits.errorsKeptMax) errors.shift();
}
