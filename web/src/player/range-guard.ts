import { clamp, type MediaRange } from './media-range.ts';

/** Shown last: a picture that begins closer to the end than this counts as behind it. Below half a frame at 120 a second. */
const hairS = 0.004;

/** Keeps a video element inside a range, exact to the frame. */
export interface RangeGuard {
  release(): void;
}

/**
 * Nothing before the start and nothing from the end on is shown: playing stops on the last picture before the end, and
 * going on from there begins anew. Segments reach further than a range on both sides.
 */
export function guardRange(video: HTMLVideoElement, range: MediaRange, onEnd: () => void): RangeGuard {
  const released = new AbortController();
  const options = { signal: released.signal };
  const lastS = range.endS - hairS;
  // Stopped at the end: the next `play` begins anew, and nothing stops it before it has been heard of.
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    video.pause();
    if (video.currentTime > lastS) video.currentTime = lastS;
    onEnd();
  };
  const look = () => {
    if (!video.paused && video.currentTime >= lastS) stop();
  };
  const stopAtFrame = watchFrames(video, (nextS) => {
    // A picture can still be told of after a person has moved away from it.
    const isHere = !video.seeking && nextS - video.currentTime < 0.5;
    if (isHere && nextS >= lastS && !video.paused) stop();
  });
  video.addEventListener('timeupdate', look, options);
  video.addEventListener(
    'seeking',
    () => {
      const inside = clamp(video.currentTime, { startS: range.startS, endS: lastS });
      if (Math.abs(inside - video.currentTime) > hairS) video.currentTime = inside;
      stopped = video.paused && isOver(inside, range);
    },
    options,
  );
  video.addEventListener(
    'play',
    () => {
      if (isOver(video.currentTime, range)) video.currentTime = range.startS;
      stopped = false;
    },
    options,
  );
  return {
    release() {
      released.abort();
      stopAtFrame();
    },
  };
}

/** Whether what is left of a range is less than a picture. */
export function isOver(timeS: number, { endS }: MediaRange): boolean {
  return timeS >= endS - 0.05;
}

/** Tells with each picture when the next one is due, media time in seconds. */
function watchFrames(video: HTMLVideoElement, onFrame: (nextS: number) => void): () => void {
  if (!('requestVideoFrameCallback' in video)) return () => undefined;
  let shownS: number | null = null;
  let frameS = 0;
  const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
    const sinceS = shownS === null ? 0 : mediaTime - shownS;
    // Pictures may be left out on a busy device: the shortest distance is that of two neighbours.
    if (sinceS > 0) frameS = frameS === 0 ? sinceS : Math.min(frameS, sinceS);
    shownS = mediaTime;
    onFrame(mediaTime + frameS);
    handle = video.requestVideoFrameCallback(look);
  };
  let handle = video.requestVideoFrameCallback(look);
  return () => video.cancelVideoFrameCallback(handle);
}
