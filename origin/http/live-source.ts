import type { PlaylistState } from '#shared/wire/playlist-state.ts';

/** What the HTTP server needs of a broadcast; the packager's live window fits. */
export interface LiveSource {
  /** Seconds (EXT-X-TARGETDURATION). */
  readonly targetDurationS: number;
  multivariant(): string | null;
  mpd(nowMs: number): string | null;
  /** `skip`: as a delta update where that is possible. */
  playlist(rendition: string, skip: boolean): { readonly text: string; readonly state: PlaylistState } | null;
  /** The I-frame playlist; null before there is one, `absent` where there is no such picture. */
  iframePlaylist(rendition: string): string | 'absent' | null;
  /** The complete segments with times and sizes, as JSON; null when there is no such rendition. */
  segmentList(rendition: string): string | null;
  /** Settles when the rendition's playlist changes next. */
  changed(rendition: string): Promise<void> | null;
  init(rendition: string, initNumber: number): LiveMedia;
  segment(rendition: string, msn: number): LiveMedia;
  part(rendition: string, msn: number, part: number): LiveMedia;
  /** A picture, or the list of them, that lies beside the renditions; null while there is none. */
  picture(file: string): Promise<Buffer | null>;
}

/**
 * `open`: a segment in the making and the parts that it has so far; `wait`: hold the request, it will be there;
 * `gone`: left the window; `absent`: never was, or not announced.
 */
export type LiveMedia =
  | { readonly kind: 'found' | 'open'; readonly parts: readonly Buffer[] }
  /** It has left memory: to be read from the store; null when it is not there either. */
  | { readonly kind: 'stored'; read(): Promise<Buffer | null> }
  /** Announced once and lost for good; the init segment that it would have been decoded with. */
  | { readonly kind: 'hole'; readonly initNumber: number }
  | { readonly kind: 'wait' | 'gone' | 'absent' };

/**
 * Finds a broadcast by id: `gone` once it has been forgotten, `soon` while it is taken over or may be given to this origin,
 * null if this origin never had it.
 */
export type FindBroadcast = (broadcast: string) => LiveSource | 'gone' | 'soon' | null;
