import type {
  BroadcastWithReport,
  Channel,
  Clip,
  Import,
  Ingest,
  JoinToken,
  Link,
  Origin,
  Report,
  StreamKey,
  Webhook,
} from '#shared/api/shapes.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { ReplayItem } from '#shared/model/view.ts';
import type { Facts } from '../../../web/src/studio/studio.ts';

/** What the API says in the studio's tests, with what a test wants to be different. Times are around `nowMs`. */
export const nowMs = 1_795_262_400_000;

export function channelOf(different: Partial<Channel> = {}): Channel {
  return {
    id: 'news',
    title: 'Evening news',
    latency: 'low',
    visibility: 'public',
    reconnectWindowMs: 60_000,
    slate: false,
    disabled: false,
    sourceUrl: null,
    sites: null,
    retention: { keep: 'all' },
    createdMs: nowMs - 864_000_000,
    state: 'live',
    broadcast: 'b_00000000000000000001',
    playback: { hls: '/live/news/index.m3u8', dash: '/live/news/index.mpd', watch: '/watch/news' },
    ...different,
  };
}

export function reportOf(different: Partial<Report> = {}): Report {
  return {
    source: {
      video: {
        ...{ codec: 'h264', codecString: 'avc1.640028', width: 1_920, height: 1_080, frameRate: 60 },
        ...{
          frameRateConstant: true,
          gopMs: 2_000,
          hasBFrames: true,
          openGop: false,
          interlaced: false,
          captions: [],
          bitrate: 6_100_000,
        },
      },
      audio: { codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: 160_000 },
      encoder: 'OBS 31.0',
    },
    renditions: [1_080, 360, 720].map((height) => ({
      ...{ kind: 'video', name: `v${height}`, codec: 'avc1.64001f', width: (height * 16) / 9, height },
      ...{ frameRate: 30, bitrate: height * 3_000, passthrough: false },
    })),
    findings: [],
    health: {
      ...{ fps: 60, speed: 1.01, bitrate: 6_200_000, droppedFrames: 0, restarts: 0, shedRungs: 0 },
      dwell: {
        ingest: { p50Ms: 3, p95Ms: 9 },
        transcoder: { p50Ms: 180, p95Ms: 240.4 },
        packager: { p50Ms: 340, p95Ms: 350 },
        total: null,
      },
    },
    ...different,
  };
}

export function broadcastOf(different: Partial<BroadcastWithReport> = {}): BroadcastWithReport {
  return {
    id: 'b_00000000000000000001',
    channel: 'news',
    ...{ title: null, visibility: null, deletedMs: null, deletedWhy: null },
    origin: 'fra-1',
    state: 'live',
    startedMs: nowMs - 725_000,
    updatedMs: nowMs - 500,
    endedMs: null,
    interruptedUntilMs: null,
    report: reportOf(),
    ...different,
  };
}

export function factsOf(channel: Partial<Channel> = {}, broadcast: Partial<BroadcastWithReport> | null = {}): Facts {
  return { channel: channelOf(channel), broadcast: broadcast && broadcastOf(broadcast), nowMs };
}

export function findingOf(different: Partial<Finding> = {}): Finding {
  return {
    code: 'video.gop_long',
    severity: 'warning',
    sentence: 'Keyframes are too far apart to pass the picture through untouched; it is encoded again.',
    fix: 'Set the keyframe interval to 2 seconds.',
    openedMs: nowMs - 60_000,
    ...different,
  };
}

export function keyOf(different: Partial<StreamKey> = {}): StreamKey {
  return {
    ...{ id: 'sk_1', label: 'OBS at home', createdMs: nowMs - 86_400_000 },
    ...{ lastUsedMs: nowMs - 720_000, lastUsedIp: '203.0.113.7', lastUsedEncoder: 'OBS 31.0' },
    ...{ expiresMs: null, replacedBy: null },
    ...different,
  };
}

export function ingestOf(different: Partial<Ingest> = {}): Ingest {
  return {
    ...{ _id: 'fra-1', name: 'Frankfurt', availability: 1, distance_km: 424, default: true, priority: 0 },
    ...{ url_template_backup: null, url_template_secure_backup: null },
    url_template: 'rtmp://fra-1.example.com:1935/live/{stream_key}',
    url_template_secure: 'rtmps://fra-1.example.com:1936/live/{stream_key}',
    ...different,
  };
}

export function linkOf(different: Partial<Link> = {}): Link {
  return {
    ...{
      channel: 'news',
      scopes: ['live'],
      kid: 'pk_1',
      createdBy: 'administrator',
      renewUntilMs: null,
      revokedMs: null,
    },
    ...{ id: 'ln_1', broadcast: null, clip: null, state: 'active', createdMs: nowMs - 60_000 },
    ...{ expiresMs: nowMs + 86_400_000, usesMax: 10, uses: 3, lastUseMs: nowMs - 120_000 },
    ...{ settings: { sites: ['example.com'] }, label: 'For the press' },
    ...different,
  };
}

export function clipOf(different: Partial<Clip> = {}): Clip {
  return {
    ...{ id: 'cl_1', title: 'The goal', visibility: 'public', createdMs: nowMs - 3_600_000, durationS: 30.2 },
    ...{ broadcast: 'b_1', channel: 'news', startMs: 0, endMs: 30_200, startOffsetS: 0, endOffsetS: 30.2 },
    playback: { hls: '', dash: '', download: '/clip/cl_1/download.mp4', page: '/clip/cl_1' },
    ...different,
  };
}

export function replayOf(different: Partial<ReplayItem> = {}): ReplayItem {
  return {
    ...{ id: 'b_00000000000000000000', title: 'Evening news', visibility: 'public' },
    ...{ startedMs: nowMs - 90_000_000, endedMs: nowMs - 86_000_000 },
    ...{ state: 'ready', uploaded: 1, sizeBytes: 1_420_000_000, durationMs: 3_725_000, gapMs: 0 },
    ...{ hls: '', dash: '', poster: '/b/x/poster.jpg', thumbnails: '' },
    ...different,
  };
}

export function importOf(different: Partial<Import> = {}): Import {
  return {
    ...{ id: 'i_00000000000000000001', channel: 'news', name: 'Match.mp4', title: 'Finals' },
    ...{ sizeBytes: 10, partBytes: 4, partsMissing: [0, 1, 2], state: 'receiving', share: 0 },
    ...{ waits: null, origin: null, broadcast: null, problem: null, createdMs: nowMs - 3_600_000, updatedMs: nowMs },
    ...different,
  };
}

export function webhookOf(different: Partial<Webhook> = {}): Webhook {
  return {
    ...{ id: 'wh_1', url: 'https://example.com/hook', channel: 'news', types: ['channel.live', 'channel.ended'] },
    ...{ createdMs: nowMs - 60_000, label: 'Newsroom', disabledMs: null, disabledWhy: null, waiting: 0 },
    ...different,
  };
}

export function originOf(different: Partial<Origin> = {}): Origin {
  return {
    ...{ id: 'fra-1', url: 'https://fra-1.example.com', version: '0.1.0', load: 0.426, seenMs: nowMs - 2_000 },
    ...{ broadcasts: 3, dead: false, draining: false, region: 'eu-central', capacity: 124_416_000, key: 'ok_1' },
    ingest: {
      rtmpUrl: 'rtmp://fra-1.example.com:1935/live',
      rtmpsUrl: 'rtmps://fra-1.example.com:1936/live',
      place: { name: 'Frankfurt', latitude: 50.11, longitude: 8.68 },
    },
    ...different,
  };
}

export function joinTokenOf(different: Partial<JoinToken> = {}): JoinToken {
  return {
    ...{ id: 'jt_1', state: 'good', origin: null, usesMax: 1, uses: 0, label: 'fra-2', createdBy: 'administrator' },
    ...{ createdMs: nowMs - 60_000, expiresMs: nowMs + 3_540_000, lastUsedMs: null, revokedMs: null },
    ...different,
  };
}
