/** Families of codecs that a filter can name. */
export type CodecFamily = keyof typeof codecFamilies;

/** Sample entries of each family (RFC 6381), and what they carry. */
export const codecFamilies = Object.freeze({
  aac: { kind: 'audio', entries: ['mp4a'] },
  ac3: { kind: 'audio', entries: ['ac-3'] },
  av1: { kind: 'video', entries: ['av01', 'dav1'] },
  avc: { kind: 'video', entries: ['avc1', 'avc3'] },
  eac3: { kind: 'audio', entries: ['ec-3'] },
  flac: { kind: 'audio', entries: ['flac', 'fLaC'] },
  hevc: { kind: 'video', entries: ['hvc1', 'hev1', 'dvh1', 'dvhe'] },
  opus: { kind: 'audio', entries: ['opus', 'Opus'] },
  vp8: { kind: 'video', entries: ['vp08', 'vp8'] },
  vp9: { kind: 'video', entries: ['vp09', 'vp9'] },
} as const);

/**
 * Which renditions a viewer gets. A list of codecs binds only the kinds (video, audio) of which it names a family.
 * Never filters everything away: where nothing fits, the rendition of the lowest bitrate stays, of an allowed codec if there is one.
 */
export interface RenditionFilter {
  /** Pixels. */
  readonly maxHeight?: number;
  readonly minHeight?: number;
  /** Bits per second, peak. */
  readonly maxBitrate?: number;
  readonly codecs?: readonly CodecFamily[];
}

/**
 * A time range, end exclusive, either bound may be missing: `clock` counts ms since the Unix epoch, `timeline` ms of wall-clock
 * time since the beginning of the broadcast's timeline.
 */
export interface TimeRange {
  readonly base: 'clock' | 'timeline';
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** Where URIs lead after rewriting. Everything missing leaves its URIs as they are. */
export interface Carry {
  /** In front of relative URIs, ends with a slash: `../../b/b_…/`, `https://cdn.example/b/b_…/`. */
  readonly prefix?: string;
  /** In front of absolute paths, without a slash at the end: `/t/<token>`, `https://cdn.example`. */
  readonly root?: string;
  /** `https://origin.example` → what stands in its place: `https://cdn.example`, `/t/<token>`. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Appended to the URIs of playlists, not of media: `end=…&ll=0`. */
  readonly query?: string;
}

/** One way to the same media for content steering (rfc8216bis 7, ETSI TS 103 998). */
export interface Pathway {
  /** Letters, digits, `.`, `-` and `_`. */
  readonly id: string;
  /** In front of relative URIs, ends with a slash; empty: where the manifest itself is. */
  readonly base: string;
}

export interface Pathways {
  readonly serverUri: string;
  /** The one to begin with comes first. */
  readonly list: readonly Pathway[];
}

/** Everything that can be done to a manifest. Without any option its text stays as it is, byte for byte. */
export interface RewriteOptions {
  readonly filter?: RenditionFilter;
  readonly range?: TimeRange;
  /** False: for players that stumble over low-latency tags. */
  readonly lowLatency?: boolean;
  readonly carry?: Carry;
  readonly pathways?: Pathways;
}

/** Why a manifest cannot be rewritten as asked. */
export type RewriteFault =
  /** A delta update holds only half of what is needed: ask for the full playlist. */
  | 'delta_update'
  /** A time of day was given and the manifest does not tell any. */
  | 'no_clock'
  /** Seconds from the beginning were given and the beginning has left the manifest. */
  | 'beginning_unknown'
  /** The range begins after the live edge. */
  | 'not_yet'
  /** The range has left the window. */
  | 'gone'
  /** The range begins after the end of the broadcast. */
  | 'past_end'
  /** Media of this manifest is addressed in a way that cannot be cut. */
  | 'not_sliceable';

/** A rewritten manifest. */
export interface Rewritten {
  readonly text: string;
  /** It is a closed slice: nothing follows, and it stays as it is. */
  readonly closed: boolean;
  /** The slice lacks its beginning, which has left the window. */
  readonly beheaded?: boolean;
  /** There is media up to the end of the slice: it is closed whatever follows, and not because a manifest says that it is over. */
  readonly reached?: boolean;
}
