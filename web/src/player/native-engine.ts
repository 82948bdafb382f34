import { pageLimits } from '#shared/limits/page.ts';
import type { Engine, EngineListener } from './engine.ts';
import type { TokenRenewal } from './token-renewal.ts';

const type = 'application/vnd.apple.mpegurl';

/** Whether the browser plays HLS by itself. */
export function nativeSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType(type) !== '';
}

/** The browser's own HLS player: it chooses levels by itself and tells little. */
export function createNativeEngine(
  video: HTMLVideoElement,
  listener: EngineListener,
  renewal: TokenRenewal | null,
): Engine {
  let playlist = '';
  const fail = async () => {
    const code = video.error?.code ?? 0;
    const isUnreached = code === MediaError.MEDIA_ERR_NETWORK;
    // Why a session is refused is in the status, which it keeps to itself.
    const status = renewal ? await statusOf(await renewal.freshUrl(playlist)) : 0;
    listener.onFailure({ fatal: true, isUnreached, code: `native.${code}${status >= 400 ? `.${status}` : ''}` });
  };
  const ended = new AbortController();
  const options = { signal: ended.signal };
  video.addEventListener('loadedmetadata', () => listener.onReady(), options);
  video.addEventListener('progress', () => listener.onSegment(), options);
  video.addEventListener('error', () => void fail(), options);
  const edge = () => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null);
  return {
    name: 'native',
    load(url, start) {
      playlist = url;
      video.src = url;
      video.load();
      // Kept until the media's length is known.
      if (start && 'atS' in start) video.currentTime = start.atS;
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

/** What a playlist is answered with; 0: with nothing. */
async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(pageLimits.viewRequestMsMax) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
