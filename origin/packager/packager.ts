import { packagerLimits } from '#shared/limits.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { Log } from '../observe/log.ts';
import type { Chunk } from './chunk.ts';
import {
  createGrid,
  type Grid,
  gridKeyframe,
  gridProgress,
  gridSettle,
  longestSegmentOf,
  targetDurationOf,
} from './grid.ts';
import type { InitSegment } from './init-segment.ts';
import { mediaOffsetS, RenditionTrack } from './rendition-track.ts';
import { TrackReader } from './track-reader.ts';

/** A rendition as the ladder plans it; codec and size come from the encoder's init segment. */
export interface PlannedRendition {
  readonly name: string;
  readonly kind: 'video' | 'audio';
  readonly frameRate: number;
  readonly bitrate: number;
  readonly passthrough: boolean;
}

/** One run of the encoder: from its start to its death, timestamps are continuous. */
export interface RunPlan {
  readonly renditions: readonly PlannedRendition[];
  /** `source`: keyframes are reported with {@link Packager.keyframe}; else the fixed interval in ms. */
  readonly keyframes: 'source' | number;
  /** Longest keyframe interval of the source, ms; used with `source`. */
  readonly gopMs: number;
  readonly partTargetMs: number;
  readonly anchorMs: number;
}

/** What the packager tells its owner. */
export interface PackagerEvents {
  /** A part was announced; `firstOfRun` when every rendition of the run has media. */
  readonly onMedia: (firstOfRun: boolean) => void;
  /** A segment of the leading rendition is complete. */
  readonly onSegment: () => void;
  /** A segment had to begin without a keyframe: the source is not what the ladder was planned for. */
  readonly onMisaligned: (rendition: string) => void;
}

/** A run as the manifests need it: the period it opens. */
export interface RunRecord {
  readonly number: number;
  /** Names of the renditions that the run makes. */
  readonly renditions: ReadonlySet<string>;
  readonly anchorMs: number;
  /** Media time at which the run begins, ms since the broadcast began. */
  readonly startMs: number;
  /**
   * Peak bits per second of each rendition as known when the run was announced. An MPD keeps them for the life of
   * its period: players take a representation whose attributes change in an update for another one.
   */
  readonly bandwidths: ReadonlyMap<string, number>;
}

/** What has to survive the process so that another one can go on with the broadcast and reuse no name. */
export interface PackagerSnapshot {
  readonly targetDurationS: number;
  /** Runs begun so far; the next one has this number. */
  readonly runCount: number;
  /** Runs that announced media so far; each but the first began with a discontinuity. */
  readonly announcedRuns: number;
  /** First media sequence number of which nothing had been announced. */
  readonly nextMsn: number;
  /** The first run: the MPD's clock begins with it. */
  readonly anchorMs: number;
  readonly startMs: number;
}

/** A path under which the encoder delivers one rendition. */
export interface TrackSink {
  data(bytes: Buffer): void;
}

interface ActiveRun {
  readonly number: number;
  readonly plan: RunPlan;
  readonly leader: string;
  readonly firstMsn: number;
  readonly started: Set<string>;
  grid: Grid;
  announced: boolean;
}

/** The packager of one broadcast: CMAF tracks in; timelines, init segments, parts and segments out. */
export class Packager {
  readonly tracks = new Map<string, RenditionTrack>();
  readonly runs: RunRecord[] = [];
  #run: ActiveRun | null = null;
  #runCount = 0;
  #targetDurationS: number | null = null;
  #ended = false;
  readonly #events: PackagerEvents;
  readonly #log: Log;
  readonly #restoredMsn: number;
  #announcedRuns = 0;

  /** @param restored the state of a process before this one, whose media is lost */
  constructor(events: PackagerEvents, log: Log, restored: PackagerSnapshot | null = null) {
    this.#events = events;
    this.#log = log;
    // The snapshot may be older than the last announcement by the segment that was open and one more.
    this.#restoredMsn = restored ? restored.nextMsn + 2 : 0;
    if (!restored) return;
    const { targetDurationS, runCount, announcedRuns, anchorMs, startMs } = restored;
    this.#targetDurationS = targetDurationS;
    this.#runCount = runCount + 1;
    this.#announcedRuns = announcedRuns;
    this.runs.push({ number: -1, renditions: new Set(), anchorMs, startMs, bandwidths: new Map() });
  }

  /** What another process needs to go on from here; null before there is media. */
  snapshot(): PackagerSnapshot | null {
    const [first] = this.runs;
    if (!first || this.#targetDurationS === null) return null;
    const { anchorMs, startMs } = first;
    const nextMsn = Math.max(this.#restoredMsn, ...[...this.tracks.values()].map((track) => track.timeline.nextMsn));
    return {
      targetDurationS: this.#targetDurationS,
      runCount: this.#runCount,
      announcedRuns: this.#announcedRuns,
      nextMsn,
      anchorMs,
      startMs,
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Seconds; settled by the first run and constant from then on (rfc8216bis 4.4.3.1). */
  get targetDurationS(): number {
    return this.#targetDurationS ?? packagerLimits.segmentTargetMs / 1000;
  }

  /** Longest keyframe interval, ms, that passthrough can live with in this broadcast. */
  get keyframeMsMax(): number {
    return longestSegmentOf(this.targetDurationS);
  }

  /** The renditions that the newest announced run makes; those of earlier runs go on as gaps and are not offered. */
  get current(): RenditionTrack[] {
    const made = this.runs.at(-1)?.renditions;
    return [...this.tracks.values()].filter((track) => made?.has(track.rendition.name));
  }

  get bytes(): number {
    let total = 0;
    for (const track of this.tracks.values()) total += track.media.sizeBytes;
    return total;
  }

  /** Every rendition of a run has announced media, so the multivariant playlist is complete. */
  get ready(): boolean {
    return this.tracks.size > 0 && this.runs.length > 0;
  }

  /** Begins a run; its number names the init segments. */
  beginRun(plan: RunPlan): number {
    this.endRun();
    const keyframeMs = plan.keyframes === 'source' ? plan.gopMs : plan.keyframes;
    this.#targetDurationS ??= targetDurationOf(keyframeMs);
    const grid = createGrid(plan.keyframes === 'source' ? 'source' : 'fixed', keyframeMs, this.#targetDurationS);
    const leader = plan.renditions.find((one) => one.kind === 'video') ?? plan.renditions[0];
    const number = this.#runCount++;
    const firstMsn = Math.max(this.#restoredMsn, ...[...this.tracks.values()].map((track) => track.timeline.nextMsn));
    const started = new Set<string>();
    this.#run = { number, plan, leader: leader?.name ?? '', firstMsn, started, grid, announced: false };
    return number;
  }

  /** A source keyframe is on its way into the encoder; ms since the broadcast began. */
  keyframe(atMs: number): void {
    if (this.#run) this.#run.grid = gridKeyframe(this.#run.grid, atMs);
  }

  /** Accepts one rendition's byte stream of a run, or null when that run is over or does not know the name. */
  openTrack(runNumber: number, name: string): TrackSink | null {
    const run = this.#run;
    const planned = run?.plan.renditions.find((one) => one.name === name);
    if (!run || run.number !== runNumber || !planned || run.started.has(name)) return null;
    const reader = new TrackReader({
      onInit: (init, bytes) => this.#beginTrack(run, planned, init, bytes),
      onChunk: (chunk, bytes) => this.#pushChunk(run, name, chunk, bytes),
    });
    return {
      data: (bytes) => {
        if (this.#run === run) reader.push(bytes);
      },
    };
  }

  /** The encoder is gone: open segments are complete as they are, and all renditions meet at one number. */
  endRun(): void {
    if (!this.#run) return;
    this.#run = null;
    for (const track of this.tracks.values()) track.endRun();
    const longest = [...this.tracks.values()].sort((a, b) => b.timeline.nextMsn - a.timeline.nextMsn)[0];
    if (!longest) return;
    const { segments, timescale, nextMsn } = longest.timeline;
    for (const track of this.tracks.values()) track.padTo(nextMsn, segments, timescale);
    this.#trim();
  }

  /** The broadcast is over. */
  end(): void {
    this.endRun();
    this.#ended = true;
    for (const track of this.tracks.values()) track.end();
  }

  #beginTrack(run: ActiveRun, planned: PlannedRendition, init: InitSegment, bytes: Buffer): void {
    const rendition = describe(planned, init);
    const { targetDurationS } = this;
    let track = this.tracks.get(planned.name);
    if (!track) {
      const partTargetS = partTarget(planned, init, run.plan.partTargetMs);
      const discontinuitySequence = Math.max(0, this.#announcedRuns - 1);
      const start = { nextMsn: run.firstMsn, discontinuitySequence };
      track = new RenditionTrack(rendition, { timescale: init.timescale, targetDurationS, partTargetS }, start);
      this.tracks.set(planned.name, track);
    }
    const { number, firstMsn, plan } = run;
    const discontinuity = this.#announcedRuns > 0;
    track.beginRun({ number, firstMsn, discontinuity, anchorMs: plan.anchorMs }, rendition, bytes);
    run.started.add(planned.name);
  }

  #pushChunk(run: ActiveRun, name: string, chunk: Chunk, bytes: Buffer): void {
    const track = this.tracks.get(name);
    if (this.#run !== run || !track) return;
    const { timescale } = track.timeline;
    const startMs = (chunk.startTicks / timescale - mediaOffsetS) * 1000;
    const endMs = startMs + (chunk.durationTicks / timescale) * 1000;
    if (name === run.leader || run.grid.startMs !== null) run.grid = gridProgress(run.grid, startMs, endMs);
    const opens = track.timeline.open === null;
    if (!track.push(chunk, bytes, run.grid)) {
      this.#log.warn({ event: 'chunk_dropped', rendition: name, startMs }, 'chunk lies before what is already there');
      return;
    }
    if (opens && track.rendition.kind === 'video' && !chunk.independent) this.#events.onMisaligned(name);
    const last = track.timeline.segments.at(-1);
    if (name === run.leader && !track.timeline.open && last) {
      run.grid = gridSettle(run.grid, last.msn - run.firstMsn, endMs);
      this.#padRetired(run, track);
      this.#trim();
      this.#events.onSegment();
    }
    this.#announce(run, startMs);
  }

  #announce(run: ActiveRun, startMs: number): void {
    const complete = run.plan.renditions.every((one) => {
      const track = this.tracks.get(one.name);
      return track !== undefined && track.run?.number === run.number && track.timeline.nextMsn > run.firstMsn;
    });
    const first = complete && !run.announced;
    if (first) {
      run.announced = true;
      this.#announcedRuns++;
      const bandwidths = new Map([...this.tracks].map(([name, track]) => [name, track.bandwidth.peak]));
      const { number, plan, grid } = run;
      const renditions = new Set(plan.renditions.map((one) => one.name));
      this.runs.push({
        number,
        renditions,
        anchorMs: plan.anchorMs,
        startMs: Math.max(0, grid.startMs ?? startMs),
        bandwidths,
      });
    }
    if (run.announced) this.#events.onMedia(first);
  }

  /** Renditions that the run no longer makes go on as gaps, so that players leave them for one that it makes. */
  #padRetired(run: ActiveRun, leader: RenditionTrack): void {
    const made = new Set(run.plan.renditions.map((one) => one.name));
    const { segments, timescale, nextMsn } = leader.timeline;
    for (const [name, track] of this.tracks) {
      if (!made.has(name)) track.padTo(nextMsn, segments, timescale);
    }
  }

  /** Keeps the window inside its limits of count and bytes; it begins at the same segment in all renditions. */
  #trim(): void {
    const tracks = [...this.tracks.values()];
    const nextMsn = Math.max(0, ...tracks.map((track) => track.timeline.nextMsn));
    let segmentsMax: number = packagerLimits.windowSegmentsMax;
    const trim = () => {
      for (const track of tracks) track.trim(nextMsn - segmentsMax, segmentsMax);
    };
    trim();
    while (this.bytes > packagerLimits.windowBytesMax && segmentsMax > 3) {
      segmentsMax--;
      trim();
    }
  }
}

function describe(planned: PlannedRendition, init: InitSegment): Rendition {
  const { name, bitrate, passthrough, frameRate } = planned;
  const { codec, media } = init;
  if (media.kind === 'video') {
    return { kind: 'video', name, codec, width: media.width, height: media.height, frameRate, bitrate, passthrough };
  }
  return { kind: 'audio', name, codec, channels: media.channels, sampleRate: media.sampleRate, bitrate };
}

const aacFrameSamples = 1024;

/** Seconds: what the plan says for video; for audio, whole AAC frames that cover it. */
function partTarget(planned: PlannedRendition, init: InitSegment, partTargetMs: number): number {
  if (planned.kind === 'video') return partTargetMs / 1000;
  const frameS = aacFrameSamples / init.timescale;
  return Math.ceil((Math.ceil(packagerLimits.partTargetMs / 1000 / frameS - 1e-9) * frameS + 1e-9) * 100_000) / 100_000;
}
