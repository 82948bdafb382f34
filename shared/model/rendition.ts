/** One rung of the ladder, or one audio track, as the manifests describe it. */
export type Rendition = VideoRendition | AudioRendition;

export interface VideoRendition {
  readonly kind: 'video';
  /** Path part, unique in the broadcast: `v720`. */
  readonly name: string;
  /** RFC 6381 string read from the init segment: `avc1.64001f`. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Frames per second, as a decimal: 29.97. */
  readonly frameRate: number;
  /** Bits per second that the encoder was asked for, or measured for passthrough; without audio. */
  readonly bitrate: number;
  readonly passthrough: boolean;
}

export interface AudioRendition {
  readonly kind: 'audio';
  readonly name: string;
  /** `mp4a.40.2` */
  readonly codec: string;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitrate: number;
}

/** Measured over what was produced (rfc8216bis 4.4.6.2): bits per second of a whole segment. */
export interface MeasuredBandwidth {
  readonly peak: number;
  readonly average: number;
}
