import { presentMpd } from '#shared/dash/presentation.ts';
import { writeIframePlaylist } from '#shared/hls/iframe-playlist.ts';
import { writeMediaPlaylist } from '#shared/hls/media-playlist.ts';
import { presentMultivariant } from '#shared/hls/presentation.ts';
import { BandwidthMeter } from '#shared/model/bandwidth-meter.ts';
import { sortCaptions } from '#shared/model/caption-order.ts';
import type { BroadcastRecord, RunRecord, TrackRecord } from '#shared/model/record.ts';
import type { MeasuredBandwidth, Rendition } from '#shared/model/rendition.ts';
import { Stretches } from '#shared/model/stretches.ts';
import { liveEdge, type RenditionTimeline, type Segment } from '#shared/model/timeline.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { writeSegmentList } from '#shared/wire/segment-list.ts';
import { missingName } from './missing-segments.ts';

interface ReplayTrack {
  readonly rendition: Rendition;
  readonly described: ReadonlyMap<number, Rendition>;
  readonly timeline: RenditionTimeline;
  readonly bandwidth: MeasuredBandwidth;
}

/** A finished broadcast as its record has it: from its first second to its last. */
export class Replay {
  readonly #runs: readonly RunRecord[];
  readonly #tracks: ReadonlyMap<string, ReplayTrack>;
  readonly #stretches = new Stretches();

  /** It was recorded to its end. */
  readonly isWhole: boolean;

  /** @param missing segments that the record names and that are nowhere: gaps */
  constructor({ runs, tracks, ended }: BroadcastRecord, missing: ReadonlySet<string> = new Set()) {
    this.isWhole = ended;
    this.#runs = runs;
    const recorded = [...tracks.values()].map((track) => without(missing, track));
    const all = recorded.filter(({ timeline }) => timeline.segments.length > 0);
    const longest = all.toSorted((a, b) => b.timeline.segments.length - a.timeline.segments.length)[0];
    const read = all.map((track) => [track.rendition.name, this.#read(track, longest ?? track)] as const);
    this.#tracks = new Map(read);
  }

  /** Nothing was made, or nothing reached the bucket. */
  get isEmpty(): boolean {
    return this.#tracks.size === 0 || this.#runs.length === 0;
  }

  multivariant(): string {
    // Rungs that only some runs made are gaps elsewhere: those of the run that made most are offered.
    const names = this.#runs.toSorted((a, b) => this.#segmentsOf(b) - this.#segmentsOf(a))[0]?.renditions;
    const offered = [...this.#tracks.values()].filter(({ rendition }) => names?.has(rendition.name));
    return presentMultivariant(offered, sortCaptions(this.#runs.flatMap((run) => run.captions)));
  }

  mpd(nowMs: number): string | null {
    const targetDurationS = Math.max(...[...this.#tracks.values()].map((track) => track.timeline.targetDurationS));
    const whole = {
      ended: true,
      making: false,
      targetDurationS,
      dvrWindowS: Number.POSITIVE_INFINITY,
    };
    return presentMpd({ runs: this.#runs, tracks: this.#tracks, stretches: this.#stretches, ...whole }, nowMs, false);
  }

  /** Null when there is no such rendition. */
  playlist(name: string): { readonly text: string; readonly state: PlaylistState } | null {
    const timeline = this.#tracks.get(name)?.timeline;
    const edge = timeline && liveEdge(timeline);
    if (!timeline || !edge) return null;
    const { targetDurationS, partTargetS } = timeline;
    const state = { msn: edge.msn, part: -1, complete: true, targetDurationS, partTargetS, ended: true };
    return { text: writeMediaPlaylist(timeline, { lowLatency: false, reports: [] }), state };
  }

  /** Whether there is such a segment, and not a gap in its place. */
  has(name: string, msn: number): boolean {
    return this.#tracks.get(name)?.timeline.segments.some((segment) => segment.msn === msn && !segment.gap) ?? false;
  }

  iframePlaylist(name: string): string | null {
    const track = this.#tracks.get(name);
    return track?.rendition.kind === 'video' ? writeIframePlaylist(track.timeline) : null;
  }

  /** Every segment with its times and size, as JSON; `ended`: nothing follows. */
  segmentList(name: string, ended: boolean): string | null {
    const timeline = this.#tracks.get(name)?.timeline;
    return timeline ? writeSegmentList({ ...timeline, ended }) : null;
  }

  #segmentsOf(run: RunRecord): number {
    const made = [...this.#tracks.values()].map(({ timeline }) => {
      return timeline.segments.filter(({ initNumber, gap }) => initNumber === run.number && !gap).length;
    });
    return Math.max(0, ...made);
  }

  #read({ rendition, described, timeline }: TrackRecord, longest: TrackRecord): ReplayTrack {
    const { timescale, targetDurationS } = timeline;
    const endMsn = endOf(timeline);
    const segments = withLead(timeline, longest.timeline).filter(({ msn }) => msn < endMsn);
    const meter = new BandwidthMeter();
    for (const [i, segment] of segments.entries()) {
      meter.add(segment, timescale, targetDurationS);
      this.#stretches.note(segment, segments[i - 1], timescale);
    }
    const whole: RenditionTimeline = {
      ...timeline,
      segments,
      open: null,
      ended: true,
      discontinuitySequence: 0,
      whole: true,
    };
    return { rendition, described, timeline: whole, bandwidth: meter.of(rendition) };
  }
}

function without(missing: ReadonlySet<string>, track: TrackRecord): TrackRecord {
  const { name } = track.rendition;
  const isMissing = ({ msn }: Segment) => missing.has(missingName(name, msn));
  if (!track.timeline.segments.some(isMissing)) return track;
  const segments = track.timeline.segments.map((segment) => (isMissing(segment) ? asGap(segment) : segment));
  return { ...track, timeline: { ...track.timeline, segments } };
}

function asGap(segment: Segment): Segment {
  return { ...segment, sizeBytes: 0, keyframeBytes: 0, parts: [], gap: true };
}

/** So many gaps at the end of a rendition are left out. */
const raggedSegmentsMax = 3;

/**
 * First msn after a rendition's media. At the end of a broadcast some renditions have a segment more than others: those end
 * before, as players wait at a gap at the very end for what does not come. None of what there is goes with it.
 */
function endOf({ segments }: RenditionTimeline): number {
  const newest = segments.at(-1)?.msn ?? -1;
  const last = segments.findLast(({ gap }) => !gap)?.msn ?? -1;
  return newest - last <= raggedSegmentsMax ? last + 1 : newest + 1;
}

/** A rendition that came later begins with gaps, so that all playlists of the replay begin at one time. */
function withLead(timeline: RenditionTimeline, longest: RenditionTimeline): readonly Segment[] {
  const first = timeline.segments[0];
  if (!first) return [];
  const lead = longest.segments.filter((segment) => segment.msn < first.msn);
  const scale = timeline.timescale / longest.timescale;
  const gaps = lead.map((segment): Segment => {
    const durationTicks = Math.round(segment.durationTicks * scale);
    const startTicks = Math.round(segment.startTicks * scale);
    return asGap({ ...segment, startTicks, durationTicks });
  });
  return [...gaps, ...timeline.segments];
}
