import { pageLimits } from '#shared/limits/page.ts';
import type { Engine, Start } from './engine.ts';
import {
  awaitEdge,
  edgeOfFailure,
  edgeOfNewEngine,
  edgeOfPicture,
  isStill,
  lookAtEdge,
  unknownEdge,
} from './live-edge.ts';
import { type FollowEvent, follow, initialFollow } from './live-follow.ts';
import { dateAt } from './media-clock.ts';
import type { Playback, PlayerEvent } from './playback.ts';

/** Watches the live edge and the viewer's distance to it, and does what follows from both. */
export interface LiveWatch {
  /** An engine is about to be mounted. @param isLive it begins at the live edge; what begins elsewhere is left alone */
  begin(broadcast: string, isLive: boolean, nowMs: number): void;
  /** Where it begins: whoever went back finds the place again. */
  start(): Start;
  /** It can play: it may once it has something that was not seen before. */
  ready(): void;
  onTrial(): boolean;
  /** @param playedMs time of unbroken play */
  look(playedMs: number, nowMs: number): void;
  note(playback: Playback): void;
  /** The engine failed. @param isUnreached nothing was to be had */
  fail(isUnreached: boolean, nowMs: number): void;
  /** The edge may have stood still for a reason that is gone. */
  await(nowMs: number): void;
}

interface LiveWatchOptions {
  engine(): Engine | null;
  dispatch(event: PlayerEvent): void;
  onReady(): void;
}

/** Further back than this in one step was a person: engines go forward, over holes. */
const wentBackSMin = 1;

/** The watch over one video element; it outlives engines. */
export function createLiveWatch(video: HTMLVideoElement, { engine, dispatch, onReady }: LiveWatchOptions): LiveWatch {
  let broadcast: string | null = null;
  let isWatched = false;
  let edge = unknownEdge;
  let following = initialFollow;
  let isToldStill = false;
  let isHeld = false;
  let positionS = 0;
  // Of somebody who went back, what was shown last.
  let placeMs: number | null = null;
  const step = (event: FollowEvent, nowMs: number) => {
    const { next, jump } = follow(following, event, nowMs);
    following = next;
    if (jump) engine()?.goLive();
  };
  const notePlace = () => {
    // Zero is a video that has nothing yet.
    if (!isWatched || video.currentTime === 0) return;
    placeMs = following.wantsLive ? null : dateAt(engine()?.clock() ?? [], video.currentTime);
  };
  const tell = (nowMs: number) => {
    if (isStill(edge, nowMs) === isToldStill) return;
    isToldStill = !isToldStill;
    dispatch({ type: 'edge', isStill: isToldStill });
  };
  const lookAt = (nowMs: number) => {
    const before = edge;
    edge = lookAtEdge(edge, engine()?.edge() ?? null, nowMs);
    if (!isHeld || edge.onTrial) return;
    isHeld = false;
    // An engine that has seen old media lies where that ends.
    if (before.seen !== null) engine()?.goLive();
    onReady();
  };
  const followLive = (nowMs: number) => {
    const [latencyS, targetS] = [engine()?.latencySeconds() ?? null, engine()?.targetLatencySeconds() ?? null];
    // A browser's own player says nothing of what it aims for.
    step({ type: 'moves', behindS: latencyS === null || targetS === null ? null : latencyS - targetS }, nowMs);
  };
  video.addEventListener('timeupdate', () => {
    if (video.seeking) return;
    positionS = video.currentTime;
    notePlace();
  });
  video.addEventListener('seeking', () => {
    if (video.currentTime < positionS - wentBackSMin) step({ type: 'chosen' }, performance.now());
    notePlace();
  });
  return {
    begin(wanted, isLive, nowMs) {
      if (wanted !== broadcast || !isLive) placeMs = null;
      if (wanted !== broadcast) edge = unknownEdge;
      broadcast = wanted;
      isWatched = isLive;
      edge = isLive ? edgeOfNewEngine(edge, nowMs) : unknownEdge;
      isHeld = false;
      positionS = 0;
      step({ type: 'mounted' }, nowMs);
      if (placeMs !== null) step({ type: 'chosen' }, nowMs);
      tell(nowMs);
    },
    start: () => (placeMs === null ? null : { dateMs: placeMs }),
    ready() {
      if (isWatched) lookAt(performance.now());
      // Who went back has not seen what is next there.
      if (edge.onTrial && placeMs === null) isHeld = true;
      else onReady();
    },
    onTrial: () => edge.onTrial,
    look(playedMs, nowMs) {
      if (!isWatched) return;
      if (playedMs > 0 && engine()) edge = edgeOfPicture(edge);
      lookAt(nowMs);
      tell(nowMs);
      if (playedMs >= pageLimits.followAfterMs) followLive(nowMs);
    },
    note(playback) {
      const nowMs = performance.now();
      if (playback === 'stalled') step({ type: 'stalled' }, nowMs);
      if (playback === 'paused') {
        step({ type: 'chosen' }, nowMs);
        notePlace();
      }
    },
    fail(isUnreached, nowMs) {
      if (!isWatched) return;
      edge = edgeOfFailure(edge, isUnreached);
      tell(nowMs);
    },
    await(nowMs) {
      edge = awaitEdge(edge, nowMs);
      tell(nowMs);
    },
  };
}
