import { type MpdPeriod, type MpdRepresentation, writeMpd } from '#shared/dash/mpd.ts';
import { type RenditionReport, writeMediaPlaylist } from '#shared/hls/media-playlist.ts';
import { type Variant, writeMultivariantPlaylist } from '#shared/hls/multivariant-playlist.ts';
import { packagerLimits } from '#shared/limits.ts';
import type { AudioRendition, VideoRendition } from '#shared/model/rendition.ts';
import { liveEdge } from '#shared/model/timeline.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { Packager, RunRecord } from './packager.ts';
import { mediaOffsetS, type RenditionTrack } from './rendition-track.ts';
import { segmentAt } from './timeline.ts';

/** Where the clock resource of the edge is, for UTCTiming. */
const clockUri = '/time';

export interface PlaylistAnswer {
  readonly text: string;
  readonly state: PlaylistState;
}

/** A media object that is there, will be there shortly, is over, or never was. */
export type MediaAnswer =
  | { readonly kind: 'found'; readonly parts: readonly Buffer[] }
  | { readonly kind: 'wait' | 'gone' | 'absent' };

/** What a packager has to offer over HTTP: manifests rendered at most once per change, and media. */
export class LiveWindow {
  readonly #packager: Packager;
  readonly #lowLatency: boolean;
  readonly #playlists = new Map<string, { version: number; answer: PlaylistAnswer }>();

  constructor(packager: Packager, lowLatency: boolean) {
    this.#packager = packager;
    this.#lowLatency = lowLatency;
  }

  /** Seconds (EXT-X-TARGETDURATION). */
  get targetDurationS(): number {
    return this.#packager.targetDurationS;
  }

  /** The multivariant playlist, or null before every rendition has media. */
  multivariant(): string | null {
    if (!this.#packager.ready) return null;
    const video: Variant<VideoRendition>[] = [];
    const audio: Variant<AudioRendition>[] = [];
    for (const { rendition, bandwidth } of this.#packager.current) {
      if (rendition.kind === 'video') video.push({ rendition, bandwidth });
      else audio.push({ rendition, bandwidth });
    }
    video.sort((a, b) => b.rendition.height - a.rendition.height);
    return writeMultivariantPlaylist({ video, audio });
  }

  /** A rendition's media playlist, or its delta update, and its state; null when there is no such rendition. */
  playlist(name: string, skip: boolean): PlaylistAnswer | null {
    const track = this.#packager.tracks.get(name);
    if (!track || !this.#packager.ready) return null;
    const key = skip ? `${name} delta` : name;
    const cached = this.#playlists.get(key);
    if (cached?.version === track.version) return cached.answer;
    const { timeline } = track;
    const edge = liveEdge(timeline);
    if (!edge) return null;
    const options = { lowLatency: this.#lowLatency, reports: this.#reports(name), skip };
    const text = writeMediaPlaylist(timeline, options);
    const { targetDurationS, partTargetS, ended } = timeline;
    const { msn, part, complete } = edge;
    const state = { msn, part: part ?? -1, complete, targetDurationS, partTargetS, ended };
    const answer = { text, state };
    this.#playlists.set(key, { version: track.version, answer });
    return answer;
  }

  /** Settles when a rendition's playlist changes next; null when there is no such rendition. */
  changed(name: string): Promise<void> | null {
    return this.#packager.tracks.get(name)?.changed ?? null;
  }

  init(name: string, initNumber: number): Buffer | null {
    return this.#packager.tracks.get(name)?.inits.get(initNumber) ?? null;
  }

  /** A complete segment; the one in the making is worth waiting for. */
  segment(name: string, msn: number): MediaAnswer {
    const track = this.#packager.tracks.get(name);
    if (!track) return { kind: 'absent' };
    const { timeline, media } = track;
    if (timeline.open?.msn === msn || (!timeline.open && !timeline.ended && timeline.nextMsn === msn)) {
      return { kind: 'wait' };
    }
    if (segmentAt(timeline, msn)?.gap) return { kind: 'absent' };
    const parts = media.parts(msn);
    if (parts) return { kind: 'found', parts };
    return { kind: msn < timeline.nextMsn ? 'gone' : 'absent' };
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
    const first = timeline.segments[0]?.msn ?? open?.msn ?? timeline.nextMsn;
    return { kind: msn < first ? 'gone' : 'absent' };
  }

  /** The MPD over the same objects, or null before there is a complete segment. */
  mpd(nowMs: number): string | null {
    const { runs, ended } = this.#packager;
    const origin = runs[0];
    if (!origin) return null;
    const availabilityStartMs = origin.anchorMs + origin.startMs;
    const periods = runs
      .map((run) => this.#period(run, availabilityStartMs))
      .filter((period) => period.representations.length > 0);
    if (periods.length === 0) return null;
    const segmentTargetS = this.targetDurationS;
    return writeMpd({
      periods: ended ? rebase(periods) : periods,
      availabilityStartMs: Math.round(availabilityStartMs),
      publishMs: Math.round(nowMs),
      segmentTargetS,
      timeShiftBufferDepthS: packagerLimits.windowSegmentsMax * segmentTargetS,
      suggestedPresentationDelayS: packagerLimits.dashDelaySegments * segmentTargetS,
      durationS: ended ? durationOf(rebase(periods)) : null,
      clockUri,
    });
  }

  #period(run: RunRecord, availabilityStartMs: number): MpdPeriod {
    const representations: MpdRepresentation[] = [];
    for (const { rendition, timeline, bandwidth } of this.#tracks()) {
      const segments = timeline.segments.filter((segment) => segment.initNumber === run.number && !segment.gap);
      if (segments.length === 0) continue;
      const { timescale } = timeline;
      const presentationTimeOffsetTicks = Math.round((run.startMs / 1000 + mediaOffsetS) * timescale);
      const bits = run.bandwidths.get(rendition.name) ?? bandwidth.peak;
      const initNumber = run.number;
      representations.push({
        rendition,
        bandwidth: bits,
        timescale,
        presentationTimeOffsetTicks,
        initNumber,
        segments,
      });
    }
    const startS = (run.anchorMs + run.startMs - availabilityStartMs) / 1000;
    return { id: `p${run.number}`, startS, representations };
  }

  #tracks(): RenditionTrack[] {
    return [...this.#packager.tracks.values()];
  }

  #reports(name: string): RenditionReport[] {
    const reports: RenditionReport[] = [];
    for (const track of this.#tracks()) {
      const other = track.rendition.name;
      const edge = other === name ? null : liveEdge(track.timeline);
      if (edge) reports.push({ uri: `../${other}/index.m3u8`, lastMsn: edge.msn, lastPart: edge.part });
    }
    return reports;
  }
}

/** Static presentations begin at zero: periods follow each other from the first one that is left. */
function rebase(periods: readonly MpdPeriod[]): MpdPeriod[] {
  let startS = 0;
  return periods.map((period) => {
    const firstS = Math.min(...period.representations.map(firstOffsetS));
    const representations = period.representations.map((one) => ({
      ...one,
      presentationTimeOffsetTicks: one.presentationTimeOffsetTicks + Math.round(firstS * one.timescale),
    }));
    const placed = { ...period, startS, representations };
    startS += lengthS(placed);
    return placed;
  });
}

function durationOf(periods: readonly MpdPeriod[]): number {
  const last = periods.at(-1);
  return last ? last.startS + lengthS(last) : 0;
}

function firstOffsetS(one: MpdRepresentation): number {
  return ((one.segments[0]?.startTicks ?? 0) - one.presentationTimeOffsetTicks) / one.timescale;
}

function lengthS(period: MpdPeriod): number {
  return Math.max(0, ...period.representations.map(endS));
}

function endS(one: MpdRepresentation): number {
  const last = one.segments.at(-1);
  return last ? (last.startTicks + last.durationTicks - one.presentationTimeOffsetTicks) / one.timescale : 0;
}
