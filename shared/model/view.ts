import type { ChannelState, LatencyMode } from './broadcast.ts';

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
