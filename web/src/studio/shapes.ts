import type {
  BroadcastHealth,
  BroadcastState,
  ChannelState,
  LatencyMode,
  Visibility,
} from '#shared/model/broadcast.ts';
import type { Finding } from '#shared/model/finding.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { SourceDescription } from '#shared/model/source.ts';

/** What the API answers, as docs/protocol/control-api.md describes it: only the fields that the studio reads. */
export interface Channel {
  readonly id: string;
  readonly title: string;
  readonly latency: LatencyMode;
  readonly visibility: Visibility;
  readonly reconnectWindowMs: number;
  readonly slate: boolean;
  readonly disabled: boolean;
  readonly sourceUrl: string | null;
  readonly retention: Retention;
  readonly state: ChannelState;
  readonly broadcast: string | null;
  readonly playback: { readonly hls: string; readonly watch: string };
}

/** Which replays stay. */
export type Retention =
  | { readonly keep: 'all' }
  | { readonly keep: 'days'; readonly days: number }
  | { readonly keep: 'last'; readonly count: number };

/** What the origin said of a broadcast last. */
export interface Report {
  readonly source: SourceDescription | null;
  readonly renditions: readonly Rendition[];
  readonly findings: readonly Finding[];
  readonly health: BroadcastHealth | null;
}

/** Times in ms since the Unix epoch, here and below. */
export interface Broadcast {
  readonly id: string;
  readonly origin: string;
  readonly state: BroadcastState;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly endedMs: number | null;
  readonly interruptedUntilMs: number | null;
  readonly report: Report | null;
}

export interface StreamKey {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly lastUsedMs: number | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedEncoder: string | null;
}

export interface NewStreamKey {
  readonly id: string;
  readonly streamKey: string;
}

/** A server that encoders can publish to; `{stream_key}` is to be filled in. */
export interface Ingest {
  readonly _id: string;
  readonly name: string;
  readonly availability: number;
  readonly url_template: string;
  readonly url_template_secure: string | null;
  readonly distance_km: number | null;
}

export interface Clip {
  readonly id: string;
  readonly title: string;
  readonly visibility: Visibility;
  readonly createdMs: number;
  readonly durationS: number;
  readonly playback: { readonly download: string; readonly page: string };
}

export const linkStates = ['active', 'expired', 'used_up', 'ended', 'revoked'] as const;

export interface Link {
  readonly id: string;
  readonly broadcast: string | null;
  readonly clip: string | null;
  readonly state: (typeof linkStates)[number];
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly usesMax: number | null;
  readonly uses: number;
  readonly lastUseMs: number | null;
  readonly settings: { readonly sites?: readonly string[] };
  readonly label: string;
}

export interface NewLink extends Link {
  readonly urls: { readonly watch?: string; readonly hls?: string };
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Null: of all channels. */
  readonly channel: string | null;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly label: string;
  readonly disabledMs: number | null;
  readonly disabledWhy: string | null;
  readonly waiting: number;
}

export interface Delivery {
  readonly event: number;
  readonly type: string;
  readonly atMs: number;
  readonly attempt: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number;
}
