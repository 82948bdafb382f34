import type { ChannelState, LatencyMode, Visibility } from './broadcast.ts';
import type { ReplayStatus } from './replay-status.ts';

/** `GET /api/v1/watch/<channel>`: what the watch page needs to know. */
export interface WatchView {
  readonly channel: string;
  readonly title: string;
  readonly state: ChannelState;
  readonly latency: LatencyMode;
  /** Current or last broadcast. */
  readonly broadcast: string | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** While `interrupted`: when the broadcast ends unless the encoder comes back. */
  readonly interruptedUntilMs: number | null;
  /** Paths on this PoP. */
  readonly hls: string;
  readonly dash: string;
  /** Name of the PoP that answered. */
  readonly pop: string;
  /** The PoP's clock, ms since the Unix epoch. */
  readonly nowMs: number;
}

/** A finished broadcast in a list; paths on this PoP. */
export interface ReplayItem extends ReplayStatus {
  readonly id: string;
  /** Its own, else the channel's. */
  readonly title: string;
  readonly visibility: Visibility;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly hls: string;
  readonly dash: string;
  readonly poster: string;
  readonly thumbnails: string;
}

/** `GET /api/v1/channels/<channel>/replays`: a page of a channel's replays, newest first. */
export interface ReplaysView {
  readonly replays: readonly ReplayItem[];
  /** `cursor` of the next page. */
  readonly next: string | null;
}

/** `GET /api/v1/watch-clip/<id>`: what the page of a clip needs to know. Times of day in ms since the Unix epoch. */
export interface ClipView {
  readonly clip: string;
  readonly title: string;
  readonly channel: string;
  readonly channelTitle: string;
  readonly broadcast: string;
  readonly createdMs: number;
  /** Exact. */
  readonly startMs: number;
  readonly endMs: number;
  readonly durationS: number;
  /** Of the exact start and end on the playing time of the HLS slice, which begins and ends with whole segments. */
  readonly startOffsetS: number;
  readonly endOffsetS: number;
  /** Paths on this PoP. */
  readonly hls: string;
  readonly dash: string;
  readonly download: string;
  readonly page: string;
  readonly pop: string;
  readonly nowMs: number;
}

/** `GET /api/v1/live`: public channels that are live or interrupted now. */
export interface LiveView {
  readonly channels: readonly LiveChannel[];
  readonly pop: string;
  readonly nowMs: number;
}

export interface LiveChannel {
  readonly channel: string;
  readonly title: string;
  readonly state: ChannelState;
  readonly startedMs: number;
  /** Height of the tallest rendition, pixels; null while unknown. */
  readonly height: number | null;
}

/** `POST /api/v1/session`: what a player plays with. */
export interface SessionView {
  /** Null where no token is needed. */
  readonly session: string | null;
  /** Paths on any PoP, with the session in them. */
  readonly hls: string;
  readonly dash: string;
  /** The session must have been replaced by another one then, ms since the Unix epoch; null: never. */
  readonly expiresMs: number | null;
  /** The PoP's clock, ms since the Unix epoch. */
  readonly nowMs: number;
}
