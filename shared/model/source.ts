/** What the encoder sends, read from its bytes. */
export interface SourceDescription {
  readonly video: SourceVideo | null;
  readonly audio: SourceAudio | null;
  /** Name and version the encoder gives itself in its metadata, at most 64 printable characters. */
  readonly encoder: string;
}

/** A CEA-608 channel, or a CEA-708 service from 1 to 63, as playlists name it (rfc8216bis 4.4.6.1, INSTREAM-ID). */
export type CaptionChannel = 'CC1' | 'CC2' | 'CC3' | 'CC4' | `SERVICE${number}`;

export interface SourceVideo {
  /** `h264` can be passed through; others are decoded where ffmpeg can. */
  readonly codec: 'h264' | 'hevc' | 'av1' | 'vp9' | 'unsupported';
  /** RFC 6381 string, `avc1.640028`. */
  readonly codecString: string;
  readonly width: number;
  readonly height: number;
  /** Frames per second measured from timestamps, snapped to a usual rate when within 1 %. */
  readonly frameRate: number;
  readonly frameRateConstant: boolean;
  /** Longest distance between keyframes seen, ms; null when fewer than two keyframes came in time. */
  readonly gopMs: number | null;
  readonly hasBFrames: boolean;
  /** Some keyframes are not IDR pictures: what follows them may refer to what came before (H.264 only). */
  readonly openGop: boolean;
  /** Its pictures may be made of two fields. Origins before 0.2 do not say. */
  readonly interlaced?: boolean | undefined;
  /** Caption channels seen inside the pictures so far (H.264 and HEVC), in order. */
  readonly captions: readonly CaptionChannel[];
  /** Measured bits per second. */
  readonly bitrate: number;
}

export interface SourceAudio {
  readonly codec: 'aac' | 'opus' | 'mp3' | 'unsupported';
  /** Hz, as it is played; 0: not known. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitrate: number;
}
