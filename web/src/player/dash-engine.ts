import { MediaPlayer, type MediaPlayerSettingClass, type Representation, supportsMediaSource } from 'dashjs';
import { type Engine, type EngineListener, isNoAnswer, type Level, type Start } from './engine.ts';
import type { ListedEdge } from './live-edge.ts';
import type { TokenRenewal } from './token-renewal.ts';

const settings: MediaPlayerSettingClass = {
  streaming: {
    // The distance to live is the manifest's to say (ServiceDescription, suggestedPresentationDelay).
    applyServiceDescription: true,
    delay: { useSuggestedPresentationDelay: true },
    // No drift limit: a viewer who went back on purpose is not thrown to the edge.
    // dash.js chooses where to begin before it loads anything: after a slow start there is more than a second to catch up.
    liveCatchup: { enabled: true, maxDrift: 0, playbackRate: { min: -0.05, max: 0.1 } },
    buffer: { bufferToKeep: 30, fastSwitchEnabled: true },
  },
};

/** Whether dash.js can play here. */
export function dashSupported(): boolean {
  return supportsMediaSource();
}

/** dash.js, with low latency where the manifest allows it. */
export function createDashEngine(
  video: HTMLVideoElement,
  listener: EngineListener,
  renewal: TokenRenewal | null,
): Engine {
  const player = MediaPlayer().create();
  player.updateSettings(settings);
  if (renewal) {
    player.addRequestInterceptor(async (request) => ({ ...request, url: await renewal.freshUrl(request.url) }));
  }
  let chosen: string | null = null;
  listen(player, listener);
  const representations = () => (player.isReady() ? player.getRepresentationsByTypeUnfiltered('video') : []);
  const levels = () => representations().map(levelOf);
  return {
    name: 'dash.js',
    load(url, start) {
      // Never started before dash.js is attached: it would miss the start and not refresh the manifest.
      player.initialize(video, new URL(url, location.href).href, false, startOf(start));
      // The manifest names our own clock; the built-in one is a stranger's server.
      player.clearDefaultUTCTimingSources();
    },
    destroy() {
      // What dash.js means to do once media can play it would try for ever afterwards, without a video: it does so now.
      video.dispatchEvent(new Event('canplay'));
      player.destroy();
    },
    levels,
    chosenLevel() {
      const at = representations().findIndex((one) => one.id === chosen);
      return at < 0 ? null : at;
    },
    setLevel(id) {
      // By name: in a ladder of several codecs each AdaptationSet counts from zero.
      chosen = id === null ? null : (representations()[id]?.id ?? null);
      player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: chosen === null } } } });
      if (chosen !== null) player.setRepresentationForTypeById('video', chosen, true);
      listener.onLevels();
    },
    currentLevel() {
      const current = player.isReady() ? player.getCurrentRepresentationForType('video') : null;
      const at = representations().findIndex((one) => one.id === current?.id);
      return levels()[at] ?? null;
    },
    latencySeconds() {
      const latency = player.isReady() && player.isDynamic() ? player.getCurrentLiveLatency() : Number.NaN;
      return Number.isFinite(latency) ? latency : null;
    },
    targetLatencySeconds() {
      const delay = player.isReady() ? player.getTargetLiveDelay() : Number.NaN;
      return Number.isFinite(delay) ? delay : null;
    },
    liveSyncPosition() {
      if (!player.isReady() || !player.isDynamic()) return null;
      const delay = player.getTargetLiveDelay();
      const latency = player.getCurrentLiveLatency();
      return Number.isFinite(delay + latency) ? video.currentTime + latency - delay : null;
    },
    goLive: () => player.seekToOriginalLive(),
    edge: () => (player.isReady() && player.isDynamic() ? edgeOf(player) : null),
    isOver: () => player.isReady() && !player.isDynamic(),
    clock() {
      // A static MPD has no clock.
      if (!player.isReady() || !player.isDynamic()) return [];
      const { availabilityStartTime } = player.getManifest() as { availabilityStartTime?: Date | string };
      return availabilityStartTime ? [{ atS: 0, dateMs: new Date(availabilityStartTime).getTime() }] : [];
    },
  };
}

/** As the fragment `t` of an MPD's URL has it (ISO/IEC 23009-1 C.4). */
function startOf(start: Start): number | string | undefined {
  if (!start) return undefined;
  return 'atS' in start ? start.atS : `posix:${start.dateMs / 1_000}`;
}

type Player = ReturnType<ReturnType<typeof MediaPlayer>['create']>;

function listen(player: Player, listener: EngineListener): void {
  const { events } = MediaPlayer;
  player.on(events.STREAM_INITIALIZED, () => {
    listener.onLevels();
    listener.onReady();
  });
  player.on(events.QUALITY_CHANGE_RENDERED, () => listener.onLevels());
  player.on(events.FRAGMENT_LOADING_COMPLETED, () => listener.onSegment());
  // dash.js retries by itself first; what it reports as an error has ended the stream.
  player.on(events.ERROR, (event) => {
    const { error } = event as { error?: DashError | string };
    const { code, data } = typeof error === 'object' ? error : { code: error, data: null };
    const status = data?.response?.status;
    // Downloads that failed have a response, be it without a status.
    const isUnreached = data?.response != null && isNoAnswer(status);
    listener.onFailure({ fatal: true, isUnreached, code: `dash.${code ?? 'unknown'}${status ? `.${status}` : ''}` });
  });
}

interface DashError {
  readonly code?: number | string;
  readonly data?: { readonly response?: { readonly status?: number | null } | null } | null;
}

/** What publishTime says: it is new with whatever is listed (ISO/IEC 23009-1 5.3.1.2). */
function edgeOf(player: Player): ListedEdge | null {
  const manifest = player.getManifest() as { publishTime?: Date | string; maxSegmentDuration?: number };
  const at = new Date(manifest.publishTime ?? Number.NaN).getTime();
  return Number.isFinite(at) ? { at, stepS: Number(manifest.maxSegmentDuration) || 0 } : null;
}

function levelOf(representation: Representation, id: number): Level {
  return {
    id,
    height: representation.height,
    frameRate: Number(representation.frameRate) || 0,
    bitrate: representation.bandwidth,
    codec: representation.codecs ?? '',
  };
}
