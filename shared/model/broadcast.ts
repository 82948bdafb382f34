/** The states of a broadcast that control plane, origin and pages agree on. */
export const broadcastStates = ['starting', 'live', 'interrupted', 'ended'] as const;
export type BroadcastState = (typeof broadcastStates)[number];

/** What a viewer is told about a channel. `waiting`: nobody has published yet, or the last broadcast is over. */
export type ChannelState = 'waiting' | BroadcastState;

export const visibilities = ['public', 'unlisted', 'signed'] as const;
export type Visibility = (typeof visibilities)[number];

export const latencyModes = ['low', 'standard'] as const;
export type LatencyMode = (typeof latencyModes)[number];

/** Health of the encoder process, parsed from its own report. */
export interface TranscoderHealth {
  readonly fps: number;
  /** Multiple of real time; below 1 the encoder falls behind. */
  readonly speed: number;
  readonly bitrate: number;
  readonly droppedFrames: number;
  readonly restarts: number;
}

/** How long media stays in a stage, ms. */
export interface StageDwell {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Dwell times of a broadcast over the last half minute; a stage is null while nothing has gone through it. */
export interface Dwell {
  /** From its arrival to the encoder's input. */
  readonly ingest: StageDwell | null;
  /** From the encoder's input to the first byte of the chunk that holds it. */
  readonly transcoder: StageDwell | null;
  /** From the first byte of a chunk to its announcement as a part. */
  readonly packager: StageDwell | null;
  /** From capture, as the broadcast's wall-clock anchor tells it, to the announcement. */
  readonly total: StageDwell | null;
}

/** Health of a broadcast's way through the origin. */
export interface BroadcastHealth extends TranscoderHealth {
  readonly dwell?: Dwell | undefined;
  /** Rungs that are left out because the machine is too slow for them. */
  readonly shedRungs?: number | undefined;
}
