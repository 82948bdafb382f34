import type { Mpd, Representation } from '../dash/model.ts';
import type { Alternative, MediaPlaylist, MultivariantPlaylist, Variant } from '../hls/model.ts';
import type { Exchange } from '../http/exchange.ts';
import type { SeenCarrier } from '../manifest/carrier.ts';
import type { MediaFacts } from '../media/facts.ts';
import type { Track } from '../media/init-segment.ts';

/** A segment or part that was fetched. */
export interface MediaObject {
  readonly kind: 'segment' | 'part';
  readonly url: string;
  readonly msn: number;
  /** Null for segments. */
  readonly part: number | null;
  /** Asked for because a preload hint named it. */
  readonly hinted: boolean;
  readonly exchange: Exchange;
  readonly facts: MediaFacts | null;
}

export interface InitObject {
  readonly url: string;
  readonly exchange: Exchange;
  /** Null where it is no init segment. */
  readonly tracks: readonly Track[] | null;
}

/** One version of a media playlist. */
export interface Snapshot {
  readonly playlist: MediaPlaylist;
  readonly exchange: Exchange;
  /** What a blocking reload waited for. */
  readonly asked: { readonly msn: number; readonly part: number | null } | null;
}

/** One media playlist and everything seen of it. */
export interface HlsRendition {
  readonly url: string;
  readonly label: string;
  readonly variants: readonly Variant[];
  readonly alternative: Alternative | null;
  /** For trick play: looked at once. */
  readonly iFramesOnly: boolean;
  /** Of an I-frame playlist: some of its pictures, by `objectKey`. */
  readonly pictures: ReadonlyMap<string, MediaObject>;
  /** In the order of arrival. */
  readonly snapshots: readonly Snapshot[];
  /** By `objectKey`. */
  readonly objects: ReadonlyMap<string, MediaObject>;
  /** By URL. */
  readonly inits: ReadonlyMap<string, InitObject>;
}

export type ProbeName =
  | 'part-without-msn'
  | 'msn-too-far'
  | 'part-too-far'
  | 'bad-directive'
  | 'msn-only'
  | 'part-past-end'
  | 'satisfied'
  | 'skip'
  | 'crowd'
  | 'unknown-directive'
  | 'stray'
  | 'telemetry'
  | 'carrier'
  | 'steering'
  | 'ended-directives'
  | 'missing-playlist'
  | 'missing-playlist-blocking'
  | 'missing-media'
  | 'next-segment'
  | 'head'
  | 'range'
  | 'range-past-end'
  | 'range-open'
  | 'twin'
  | 'again'
  | 'authorization'
  | 'clock'
  | 'left-part'
  | 'left-segment';

/** A request made to see how the server answers it. */
export interface Probe {
  readonly name: ProbeName;
  readonly exchange: Exchange;
  /** What came back, where it was a playlist. */
  readonly playlist: MediaPlaylist | null;
  /** The newest version when the probe was sent. */
  readonly before: MediaPlaylist | null;
  readonly msn: number | null;
  readonly part: number | null;
  /** The plain request that this one is compared with. */
  readonly against: Exchange | null;
  /** Since a departed object was last listed. */
  readonly ageMs: number;
  /** A short body, such as a time. */
  readonly text: string;
}

interface Common {
  readonly entry: Exchange;
  readonly exchanges: readonly Exchange[];
  readonly probes: readonly Probe[];
  readonly carriers: readonly SeenCarrier[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface HlsObservation extends Common {
  readonly kind: 'hls';
  readonly multivariant: MultivariantPlaylist | null;
  readonly renditions: readonly HlsRendition[];
}

/** One version of the MPD. */
export interface MpdSnapshot {
  readonly mpd: Mpd;
  readonly exchange: Exchange;
  readonly digest: string;
}

/** A segment that an MPD listed, fetched. */
export interface DashObject extends MediaObject {
  readonly representation: Representation;
  readonly startTicks: number;
  readonly durationTicks: number;
  /** Wall-clock time at which the whole segment is promised, ms; null when static. */
  readonly availableAtMs: number | null;
  readonly line: number;
}

export interface DashObservation extends Common {
  readonly kind: 'dash';
  readonly snapshots: readonly MpdSnapshot[];
  readonly objects: readonly DashObject[];
  /** By URL. */
  readonly inits: ReadonlyMap<string, InitObject>;
}

export type Observation = HlsObservation | DashObservation;

/** Names one object: its URL, and its bytes where it is a range of a larger one. */
export function objectKey(url: string, range: { readonly offset: number; readonly length: number } | null): string {
  return range ? `${url}#${range.offset}+${range.length}` : url;
}
