import { presentMpd } from '#shared/dash/presentation.ts';
import { writeIframePlaylist } from '#shared/hls/iframe-playlist.ts';
import { type RenditionReport, writeMediaPlaylist } from '#shared/hls/media-playlist.ts';
import { presentMultivariant } from '#shared/hls/presentation.ts';
import { opusCodec } from '#shared/model/codec.ts';
import { initFile, segmentFile } from '#shared/model/object-name.ts';
import { liveEdge } from '#shared/model/timeline.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { writeSegmentList } from '#shared/wire/segment-list.ts';
import type { Packager } from './packager.ts';
import type { RenditionTrack } from './rendition-track.ts';
import { segmentAt } from './timeline.ts';

export interface PlaylistAnswer {
  readonly text: string;
  readonly state: PlaylistState;
}

/** A media object that is there, is being made, will be there shortly, is over, or never was. */
export type MediaAnswer =
  | { readonly kind: 'found' | 'open'; readonly parts: readonly Buffer[] }
  /** In the store, from which it is read now. */
  | { readonly kind: 'stored'; read(): Promise<Buffer | null> }
  /** Lost for good; the init segment that it would have been decoded with. */
  | { readonly kind: 'hole'; readonly initNumber: number }
  | { readonly kind: 'wait' | 'gone' | 'absent' };

/** Reads an object of a rendition from the store; null when it is not there. */
export type ReadStored = (rendition: string, file: string) => Promise<Buffer | null>;

/** Reads what lies beside the renditions; null when it is not there. */
type ReadPicture = (file: string) => Promise<Buffer | null>;

/** A rendition that was not made in a run has no init segment of it. */
function holeOf({ described }: RenditionTrack, initNumber: number): MediaAnswer {
  return described.has(initNumber) ? { kind: 'hole', initNumber } : { kind: 'absent' };
}

/** What a packager has to offer over HTTP: manifests rendered at most once per change, and media. */
export class LiveWindow {
  readonly #packager: Packager;
  readonly #lowLatency: boolean;
  readonly #readStored: ReadStored;
  readonly #readPicture: ReadPicture;
  readonly #playlists = new Rendered<PlaylistAnswer | null>();
  readonly #texts = new Rendered<string | null>();

  /** @param readStored where complete media is that has left memory */
  constructor(packager: Packager, lowLatency: boolean, readStored: ReadStored, readPicture: ReadPicture) {
    this.#packager = packager;
    this.#lowLatency = lowLatency;
    this.#readStored = readStored;
    this.#readPicture = readPicture;
  }

  /** Seconds (EXT-X-TARGETDURATION). */
  get targetDurationS(): number {
    return this.#packager.targetDurationS;
  }

  /** Viewers have been offered nothing of it. */
  get isEmpty(): boolean {
    return !this.#packager.ready;
  }

  /** The multivariant playlist, or null before every rendition has media. */
  multivariant(): string | null {
    if (!this.#packager.ready) return null;
    return presentMultivariant(this.#packager.current, this.#packager.captions);
  }

  /** A rendition's media playlist, or its delta update, and its state; null when there is no such rendition. */
  playlist(name: string, skip: boolean): PlaylistAnswer | null {
    const track = this.#packager.tracks.get(name);
    if (!track || !this.#packager.ready) return null;
    const key = skip ? `${name} delta` : name;
    return this.#playlists.of(key, track.version, () => this.#write(track, skip));
  }

  #write({ rendition: { name }, timeline }: RenditionTrack, skip: boolean): PlaylistAnswer | null {
    const edge = liveEdge(timeline);
    if (!edge) return null;
    const options = { lowLatency: this.#lowLatency, reports: this.#reports(name), skip };
    const text = writeMediaPlaylist(timeline, options);
    const { targetDurationS, partTargetS, ended } = timeline;
    const { msn, part, complete } = edge;
    const state = { msn, part: part ?? -1, complete, targetDurationS, partTargetS, ended };
    return { text, state };
  }

  /** A video rendition's I-frame playlist; null before it has a complete segment. */
  iframePlaylist(name: string): string | 'absent' | null {
    const track = this.#packager.tracks.get(name);
    if (track?.rendition.kind !== 'video') return 'absent';
    if (track.timeline.segments.length === 0) return null;
    return this.#texts.of(`${name} iframes`, track.version, () => writeIframePlaylist(track.timeline));
  }

  /** A rendition's complete segments with times and sizes, as JSON; null when there is no such rendition. */
  segmentList(name: string): string | null {
    const track = this.#packager.tracks.get(name);
    return track ? this.#texts.of(`${name} list`, track.version, () => writeSegmentList(track.timeline)) : null;
  }

  /** Settles when a rendition's playlist changes next; null when there is no such rendition. */
  changed(name: string): Promise<void> | null {
    return this.#packager.tracks.get(name)?.changed ?? null;
  }

  init(name: string, initNumber: number): MediaAnswer {
    const track = this.#packager.tracks.get(name);
    if (!track) return { kind: 'absent' };
    const bytes = track.inits.get(initNumber);
    if (bytes) return { kind: 'found', parts: [bytes] };
    const isKnown = track.described.has(initNumber);
    return isKnown ? { kind: 'stored', read: () => this.#readStored(name, initFile(initNumber)) } : { kind: 'absent' };
  }

  /** A segment, whole or in the making; the next one is worth waiting for. */
  segment(name: string, msn: number): MediaAnswer {
    const track = this.#packager.tracks.get(name);
    if (!track) return { kind: 'absent' };
    const { timeline, media } = track;
    if (timeline.open?.msn === msn) return { kind: 'open', parts: media.parts(msn) ?? [] };
    if (!timeline.ended && timeline.nextMsn === msn) return { kind: 'wait' };
    const listed = segmentAt(timeline, msn);
    if (listed?.gap) return holeOf(track, listed.initNumber);
    const parts = media.parts(msn);
    if (parts) return { kind: 'found', parts };
    if (msn >= timeline.nextMsn) return { kind: 'absent' };
    return { kind: 'stored', read: () => this.#readStored(name, segmentFile(msn)) };
  }

  /** A part; the one that the preload hint names is worth waiting for (rfc8216bis 6.2.6). */
  part(name: string, msn: number, part: number): MediaAnswer {
    const track = this.#packager.tracks.get(name);
    if (!track) return { kind: 'absent' };
    const { timeline, media } = track;
    const bytes = media.parts(msn)?.[part];
    if (bytes) return { kind: 'found', parts: [bytes] };
    if (timeline.ended) return { kind: 'absent' };
    const { open } = timeline;
    const hinted = open ? open.msn === msn && open.parts.length === part : timeline.nextMsn === msn && part === 0;
    if (hinted) return { kind: 'wait' };
    const over = msn < (open?.msn ?? timeline.nextMsn) && !media.parts(msn) && !segmentAt(timeline, msn)?.gap;
    return { kind: over ? 'gone' : 'absent' };
  }

  /** The MPD over the same objects, published when it became what it is; null before there is a complete segment. */
  mpd(nowMs: number): string | null {
    const { runs, making, ended } = this.#packager;
    const versions = this.#tracks().map(({ version }) => version);
    const state = [runs.length, making, ended, ...versions].join(' ');
    return this.#texts.of('mpd', state, () => presentMpd(this.#packager, nowMs, this.#lowLatency));
  }

  /** A picture, or the list of them, that lies beside the renditions. */
  picture(file: string): Promise<Buffer | null> {
    return this.#readPicture(file);
  }

  #tracks(): RenditionTrack[] {
    return [...this.#packager.tracks.values()];
  }

  #reports(name: string): RenditionReport[] {
    const reports: RenditionReport[] = [];
    for (const track of this.#tracks()) {
      const other = track.rendition.name;
      const edge = other === name || track.rendition.codec === opusCodec ? null : liveEdge(track.timeline);
      if (edge) reports.push({ uri: `../${other}/index.m3u8`, lastMsn: edge.msn, lastPart: edge.part });
    }
    return reports;
  }
}

/** What was rendered last under each name, as long as what it is made of is in the same state. */
class Rendered<T> {
  readonly #last = new Map<string, { readonly state: number | string; readonly made: T }>();

  of(name: string, state: number | string, render: () => T): T {
    const last = this.#last.get(name);
    if (last?.state === state) return last.made;
    const made = render();
    this.#last.set(name, { state, made });
    return made;
  }
}
