import type { Engine, EngineListener } from './engine.ts';

const type = 'application/vnd.apple.mpegurl';

/** Whether the browser plays HLS by itself. */
export function nativeSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType(type) !== '';
}

/** The browser's own HLS player: it chooses levels by itself and tells little. */
export function createNativeEngine(video: HTMLVideoElement, listener: EngineListener): Engine {
  const ended = new AbortController();
  const options = { signal: ended.signal };
  video.addEventListener('loadedmetadata', () => listener.onReady(), options);
  video.addEventListener('progress', () => listener.onSegment(), options);
  video.addEventListener(
    'error',
    () => {
      const code = video.error?.code ?? 0;
      listener.onFailure({ fatal: true, isUnreached: code === MediaError.MEDIA_ERR_NETWORK, code: `native.${code}` });
    },
    options,
  );
  const edge = () => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null);
  return {
    name: 'native',
    load(url, startS) {
      video.src = url;
      video.load();
      // Kept until the media's length is known.
      if (startS !== null) video.currentTime = startS;
    },
    destroy() {
      ended.abort();
      video.removeAttribute('src');
      video.load();
    },
    levels: () => [],
    chosenLevel: () => null,
    setLevel: () => undefined,
    currentLevel: () => null,
    latencySeconds() {
      const end = edge();
      return end === null ? null : Math.max(0, end - video.currentTime);
    },
    targetLatencySeconds: () => null,
    liveSyncPosition: edge,
    goLive() {
      const end = edge();
      if (end !== null) video.currentTime = end;
    },
    // It tells of its playlist nothing but what can be played.
    edge: () => null,
    isOver: () => true,
    clock() {
      // Of HTML's own media elements, in WebKit only.
      const zero = (video as { getStartDate?(): Date }).getStartDate?.().getTime() ?? Number.NaN;
      return Number.isFinite(zero) ? [{ atS: 0, dateMs: zero }] : [];
    },
  };
}
