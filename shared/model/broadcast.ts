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
