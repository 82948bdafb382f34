/** Something that a playlist says and should not; the line counts from 1. */
export interface Defect {
  readonly line: number;
  readonly text: string;
}

export interface ByteRange {
  readonly length: number;
  readonly offset: number;
}

export interface Part {
  readonly line: number;
  readonly msn: number;
  readonly index: number;
  readonly uri: string;
  readonly url: string;
  readonly durationS: number;
  readonly independent: boolean;
  readonly gap: boolean;
  readonly range: ByteRange | null;
}

/** EXT-X-MAP in force. */
export interface InitMap {
  readonly line: number;
  readonly url: string;
  readonly range: ByteRange | null;
}

export interface Segment {
  readonly line: number;
  readonly msn: number;
  readonly uri: string;
  readonly url: string;
  readonly durationS: number;
  readonly range: ByteRange | null;
  /** EXT-X-DISCONTINUITY stands right before it. */
  readonly discontinuity: boolean;
  /** Its discontinuity sequence number (rfc8216bis 6.2.1). */
  readonly run: number;
  readonly map: InitMap | null;
  /** EXT-X-KEY in force, as written. */
  readonly key: string | null;
  /** EXT-X-PROGRAM-DATE-TIME written at this segment, ms since the Unix epoch. */
  readonly dateMs: number | null;
  readonly gap: boolean;
  readonly parts: readonly Part[];
}

export interface ServerControl {
  readonly line: number;
  readonly canBlock: boolean;
  readonly canSkipUntilS: number | null;
  readonly canSkipDateRanges: boolean;
  readonly holdBackS: number | null;
  readonly partHoldBackS: number | null;
}

export interface PreloadHint {
  readonly line: number;
  readonly type: string;
  readonly uri: string;
  readonly url: string;
  readonly start: number;
  readonly length: number | null;
}

export interface RenditionReport {
  readonly line: number;
  readonly uri: string;
  readonly url: string;
  readonly lastMsn: number | null;
  readonly lastPart: number | null;
}

/** EXT-X-SKIP. */
export interface Skip {
  readonly line: number;
  readonly segments: number;
  /** RECENTLY-REMOVED-DATERANGES; null where it is not there. */
  readonly removedDateRanges: readonly string[] | null;
}

/** EXT-X-DATERANGE, as far as delta updates need it. */
export interface DateRange {
  readonly line: number;
  readonly id: string;
}

/** EXT-X-DEFINE with QUERYPARAM: the request must have that parameter (rfc8216bis 4.4.2.3). */
export interface QueryParam {
  readonly line: number;
  readonly name: string;
}

/** A media playlist as it was read; what could not be read is a defect. */
export interface MediaPlaylist {
  readonly kind: 'media';
  readonly url: string;
  readonly version: number;
  readonly targetDurationS: number;
  readonly targetDurationLine: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly ended: boolean;
  readonly type: string | null;
  readonly independentSegments: boolean;
  readonly iFramesOnly: boolean;
  readonly control: ServerControl | null;
  readonly partTargetS: number | null;
  readonly skipped: Skip | null;
  readonly segments: readonly Segment[];
  /** Parts of the segment that is being made. */
  readonly openParts: readonly Part[];
  /** EXT-X-DISCONTINUITY stands before the segment that is being made. */
  readonly openDiscontinuity: boolean;
  readonly hints: readonly PreloadHint[];
  readonly reports: readonly RenditionReport[];
  readonly dateRanges: readonly DateRange[];
  readonly queryParams: readonly QueryParam[];
  readonly defects: readonly Defect[];
}

/** EXT-X-STREAM-INF and its URI. */
export interface Variant {
  readonly line: number;
  readonly url: string;
  readonly bandwidth: number | null;
  readonly averageBandwidth: number | null;
  readonly codecs: readonly string[];
  readonly resolution: string | null;
  readonly groups: ReadonlyMap<string, string>;
  /** CLOSED-CAPTIONS: a group, or `NONE`. */
  readonly captions: string | null;
  readonly iFramesOnly: boolean;
  /** PATHWAY-ID: `.` where there is none. */
  readonly pathway: string;
}

/** EXT-X-MEDIA. */
export interface Alternative {
  readonly line: number;
  readonly type: string;
  readonly group: string;
  readonly name: string;
  /** INSTREAM-ID: where captions are inside the video. */
  readonly instreamId: string | null;
  readonly url: string | null;
}

/** Where viewers are told which pathway to take (rfc8216bis 7; ETSI TS 103 998). */
export interface Steering {
  readonly line: number;
  readonly url: string;
  /** To begin with. */
  readonly pathway: string | null;
}

export interface MultivariantPlaylist {
  readonly kind: 'multivariant';
  readonly url: string;
  readonly variants: readonly Variant[];
  readonly alternatives: readonly Alternative[];
  readonly steering: Steering | null;
  readonly queryParams: readonly QueryParam[];
  readonly defects: readonly Defect[];
}

/** The live edge: last segment or part listed; part -1 means that the segment before is the last. */
export interface Edge {
  readonly msn: number;
  readonly part: number;
}

/** The last part listed, or the last whole segment as part -1 of the next one. */
export function edgeOf(playlist: MediaPlaylist): Edge {
  const next = playlist.mediaSequence + (playlist.skipped?.segments ?? 0) + playlist.segments.length;
  return { msn: next, part: playlist.openParts.length - 1 };
}

/** Msn of the last whole segment. */
export function lastMsn(playlist: MediaPlaylist): number {
  return edgeOf(playlist).msn - 1;
}

/** Whether the edge has reached a segment, or a part of it. */
export function reaches(playlist: MediaPlaylist, msn: number, part: number | null): boolean {
  const edge = edgeOf(playlist);
  return edge.msn > msn || (part !== null && edge.msn === msn && edge.part >= part);
}

/** Whether a segment is the last of its run: what follows it, whole or in the making, stands behind EXT-X-DISCONTINUITY. */
export function breaksAfter({ segments, openDiscontinuity }: MediaPlaylist, msn: number): boolean {
  if (!segments.some((segment) => segment.msn === msn)) return false;
  return segments.find((segment) => segment.msn === msn + 1)?.discontinuity ?? openDiscontinuity;
}
