import Hls, {
  type ErrorData,
  ErrorTypes,
  Events,
  type HlsConfig,
  type LevelDetails,
  type LevelUpdatedData,
} from 'hls.js';
import { videoFamily } from '#shared/model/codec.ts';
import { autoFamily } from './auto-family.ts';
import { type Engine, type EngineFailure, type EngineListener, isNoAnswer, type Level, type Start } from './engine.ts';
import { mediaFrom } from './holes.ts';
import type { ListedEdge } from './live-edge.ts';
import { type ClockPoint, timeAt } from './media-clock.ts';
import type { TokenRenewal } from './token-renewal.ts';

const config: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // The live edge is where the playlist says (PART-HOLD-BACK); a slightly faster picture closes the rest.
  maxLiveSyncPlaybackRate: 1.05,
  // Tells the browser that this is live, so that its scrubber follows the window.
  liveDurationInfinity: true,
  backBufferLength: 30,
  capLevelToPlayerSize: true,
  // CMAF needs no remuxing: a worker would copy every part twice and cost 40 kB of script.
  enableWorker: false,
};

/** Whether hls.js can play here. */
export function hlsSupported(): boolean {
  return Hls.isSupported();
}

/** hls.js in low-latency mode. */
export function createHlsEngine(
  video: HTMLVideoElement,
  listener: EngineListener,
  renewal: TokenRenewal | null,
): Engine {
  const hls = new Hls(renewal ? { ...config, xhrSetup: openFresh(renewal) } : config);
  let mediaRecovered = false;
  hls.on(Events.MANIFEST_PARSED, () => {
    preferAutoFamily(hls);
    listener.onLevels();
    listener.onReady();
  });
  hls.on(Events.LEVELS_UPDATED, () => listener.onLevels());
  hls.on(Events.LEVEL_SWITCHED, () => listener.onLevels());
  hls.on(Events.FRAG_BUFFERED, () => listener.onSegment());
  hls.on(Events.ERROR, (_event, data) => {
    const mendable = data.fatal && data.type === ErrorTypes.MEDIA_ERROR && !mediaRecovered;
    listener.onFailure(failureOf(data, mendable));
    if (!mendable) return;
    mediaRecovered = true;
    hls.recoverMediaError();
  });
  return {
    name: 'hls.js',
    load(url, start) {
      hls.config.startPosition = start && 'atS' in start ? start.atS : -1;
      begin(hls, start);
      hls.attachMedia(video);
      hls.loadSource(url);
    },
    destroy: () => hls.destroy(),
    levels: () => levelsOf(hls),
    chosenLevel: () => (hls.autoLevelEnabled ? null : hls.manualLevel),
    setLevel(id) {
      hls.nextLevel = id ?? -1;
      if (id === null) returnToAutoFamily(hls);
    },
    currentLevel: () => levelsOf(hls)[hls.currentLevel] ?? null,
    latencySeconds: () => latencyOf(hls, video),
    targetLatencySeconds: () => hls.targetLatency,
    liveSyncPosition: () => hls.liveSyncPosition,
    goLive() {
      const [position, details] = [hls.liveSyncPosition, hls.latestLevelDetails];
      const mediaS = position === null || !details ? position : mediaFrom(details, position);
      if (mediaS !== null) video.currentTime = mediaS;
    },
    edge: () => edgeOf(hls),
    isOver: () => hls.latestLevelDetails?.live === false,
    clock: () => clockOf(hls.latestLevelDetails),
  };
}

/** Media between a hole and the live edge from which hls.js begins without standing soon, seconds; or what it aims for. */
const enoughS = 2;

/**
 * Nothing of the media is asked for until a playlist tells where to begin, and has media there: begun inside a hole, hls.js
 * goes over it with the picture, and its sound waits for ever for a picture of before it.
 */
function begin(hls: Hls, start: Start): void {
  let isHeld = false;
  const pause = () => hls.pauseBuffering();
  const look = (_event: Events.LEVEL_UPDATED, { details }: LevelUpdatedData) => {
    const wantedS = wantedOf(hls, details, start);
    const mediaS = wantedS === null ? null : mediaFrom(details, wantedS);
    const isEnough = mediaS !== null && details.edge - mediaS >= Math.min(hls.targetLatency ?? 0, enoughS);
    if (details.live && wantedS !== mediaS && !isEnough) {
      isHeld = true;
      return pause();
    }
    hls.off(Events.LEVEL_UPDATED, look);
    hls.off(Events.LEVEL_LOADING, pause);
    const fromS = start === null && wantedS === mediaS ? -1 : (mediaS ?? wantedS ?? -1);
    if (!isHeld && fromS === hls.config.startPosition) return hls.resumeBuffering();
    // Where it would have begun is settled for the sound by now; and hls.js is still at work on this playlist.
    queueMicrotask(() => hls.media && hls.startLoad(fromS));
  };
  // That it begins to load undoes an earlier pause. A URL that leads to a media playlist itself needs no loading of another.
  hls.once(Events.LEVEL_LOADING, pause);
  hls.on(Events.LEVEL_UPDATED, look);
}

/** Where to begin in a playlist, media seconds; null: that is not known. */
function wantedOf(hls: Hls, details: LevelDetails, start: Start): number | null {
  const usualS = details.live ? hls.liveSyncPosition : details.fragmentStart;
  if (!start) return usualS;
  if ('atS' in start) return start.atS;
  const dateS = timeAt(clockOf(details), start.dateMs);
  if (dateS === null || usualS === null) return usualS;
  return Math.max(details.fragmentStart, details.live ? Math.min(dateS, usualS) : dateS);
}

/** hls.js opens a request by itself unless this has. */
function openFresh(renewal: TokenRenewal) {
  return async (xhr: XMLHttpRequest, url: string) => xhr.open('GET', await renewal.freshUrl(url), true);
}

function levelsOf(hls: Hls): Level[] {
  return hls.levels.map((level, id) => ({
    id,
    height: level.height,
    frameRate: level.frameRate,
    bitrate: level.averageBitrate || level.bitrate,
    codec: level.videoCodec ?? '',
  }));
}

/** Left alone, hls.js takes the family that saves most bits, and stays with it even where that is one small rung. */
function preferAutoFamily(hls: Hls): void {
  const family = autoFamily(levelsOf(hls));
  const videoCodec = hls.levels.find((level) => videoFamily(level.videoCodec ?? '') === family)?.videoCodec;
  if (videoCodec) hls.config.videoPreference = { videoCodec };
}

/** After a level of another family was chosen by hand, automatic choice would stay with that one. */
function returnToAutoFamily(hls: Hls): void {
  const levels = levelsOf(hls);
  const family = autoFamily(levels);
  const playing = levels[hls.currentLevel];
  if (!playing || videoFamily(playing.codec) === family) return;
  const members = levels.filter((level) => videoFamily(level.codec) === family);
  const near = (level: Level) => Math.abs(level.bitrate - playing.bitrate);
  const nearest = members.sort((a, b) => near(a) - near(b))[0];
  if (nearest) hls.nextAutoLevel = nearest.id;
}

/** hls.js measures only while the picture moves; paused, the distance grows and is worked out from the edge. */
function latencyOf(hls: Hls, video: HTMLVideoElement): number | null {
  const { liveSyncPosition, targetLatency } = hls;
  if (liveSyncPosition === null || targetLatency === null) return hls.latency > 0 ? hls.latency : null;
  return Math.max(hls.latency, liveSyncPosition + targetLatency - video.currentTime);
}

/** Numbers are compared, not times: those of all renditions are the same, and another engine counts time from elsewhere. */
function edgeOf(hls: Hls): ListedEdge | null {
  const details = hls.latestLevelDetails;
  if (!details?.live) return null;
  const { lastPartSn, lastPartIndex, partTarget, targetduration } = details;
  return { at: lastPartSn + (lastPartIndex + 1) / 1_000, stepS: partTarget || targetduration };
}

function clockOf(details: LevelDetails | null): ClockPoint[] {
  return (details?.fragments ?? []).flatMap(({ start, programDateTime }) =>
    programDateTime == null ? [] : [{ atS: start, dateMs: programDateTime }],
  );
}

function failureOf(data: ErrorData, mendable: boolean): EngineFailure {
  const status = data.response?.code;
  // Playlists that cannot be read are errors of the network too.
  const isUnreached = /Load(?:Error|TimeOut)$/.test(data.details) && isNoAnswer(status);
  return { fatal: data.fatal && !mendable, isUnreached, code: `hls.${data.details}${status ? `.${status}` : ''}` };
}
