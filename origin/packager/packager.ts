import { packagerLimits } from '#shared/limits/packager.ts';
import { recordLimits } from '#shared/limits/store.ts';
import { sortCaptions } from '#shared/model/caption-order.ts';
import { opusCodec } from '#shared/model/codec.ts';
import {
  type BroadcastRecord,
  type RecordEntry,
  type RunRecord,
  runEntry,
  segmentEntry,
  type TrackRecord,
} from '#shared/model/record.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { CaptionChannel } from '#shared/model/source.ts';
import { Stretches } from '#shared/model/stretches.ts';
import { emptyTimeline, mediaOffsetS, type RenditionTimeline } from '#shared/model/timeline.ts';
import type { Log } from '../observe/log.ts';
import type { Chunk } from './chunk.ts';
import { EarlyChunks } from './early-chunks.ts';
import {
  createGrid,
  type Grid,
  gridKeyframe,
  gridProgress,
  gridSettle,
  gridStill,
  longestSegmentOf,
  type PartShape,
  slackMs,
  targetDurationOf,
} from './grid.ts';
import type { InitSegment } from './init-segment.ts';
import { plannedTicks } from './planned-segment.ts';
import { RenditionTrack } from './rendition-track.ts';
import { retain } from './retention.ts';
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
  /** A picture of ours stands in for a publisher who is gone. */
  readonly slate?: boolean;
}

/** What a part was announced of: its end, and when that was captured, ms since the broadcast began and since the epoch. */
export interface AnnouncedMedia {
  readonly rendition: string;
  readonly endMs: number;
  readonly capturedAtMs: number;
  /** Of a run in which nobody publishes. */
  readonly slate: boolean;
}

/** A part and its place. */
export interface MadePart {
  readonly rendition: string;
  readonly msn: number;
  readonly part: number;
  readonly bytes: Buffer;
}

/** What the packager tells its owner. */
export interface PackagerEvents {
  /** A part was announced; `firstOfRun` when every rendition of the run has media. */
  readonly onMedia: (firstOfRun: boolean, part: AnnouncedMedia) => void;
  /** A part with its bytes, whatever rendition it is of. */
  readonly onPart: (part: MadePart) => void;
  /** A segment of the leading rendition is complete. */
  readonly onSegment: () => void;
  /** A segment had to begin without a keyframe: the source is not what the ladder was planned for. */
  readonly onMisaligned: (rendition: string) => void;
  /** Something to be remembered: `pieces` are the bytes of the init segment or of the segment; none for a gap. */
  readonly onRecord: (entry: RecordEntry, pieces: readonly Buffer[]) => void;
}

/** How far a process before this one was, and when this one takes over, ms since the Unix epoch. */
export interface Restored {
  readonly record: BroadcastRecord;
  readonly atMs: number;
  /** The record has all that was announced. */
  readonly complete: boolean;
  /** It was written elsewhere and may be behind by any time: no number that can have been announced by now is used again. */
  readonly adopted?: boolean;
}

export interface PackagerOptions {
  readonly events: PackagerEvents;
  readonly log: Log;
  /** How far back viewers can go, seconds; Infinity: to the beginning of the broadcast. */
  readonly dvrWindowS: number;
  /** MPDs list the segments in the making, so that what they say of them has to hold. */
  readonly lowLatency: boolean;
  /** How far a process before this one was; its media is in the store. */
  readonly restored?: Restored | null;
}

/** A path under which the encoder delivers one rendition. */
export interface TrackSink {
  data(bytes: Buffer): void;
  /** Settles when there is room for more; null: there is. Only what is not live can be made to wait. */
  room?(): Promise<void> | null;
  /** No more bytes come. */
  closed?(): void;
}

interface ActiveRun {
  readonly number: number;
  readonly plan: RunPlan;
  readonly leader: string;
  readonly firstMsn: number;
  readonly started: Set<string>;
  /** Wall-clock time at which the media of the runs before it ends, ms; null for the first run. */
  readonly afterMs: number | null;
  readonly early: EarlyChunks;
  /** Wall-clock time of media time zero, ms; null before the first media. */
  anchorMs: number | null;
  grid: Grid;
  announced: boolean;
}

/** What a record may lack: the segment that was open when the process died, and the one before it. */
const lostSegmentsMax = 2;
const gapMsMin = 100;

/** The packager of one broadcast: CMAF tracks in; timelines, init segments, parts and segments out. */
export class Packager {
  readonly tracks = new Map<string, RenditionTrack>();
  readonly runs: RunRecord[] = [];
  readonly stretches = new Stretches();
  #run: ActiveRun | null = null;
  #runCount = 0;
  #targetDurationS: number | null = null;
  #ended = false;
  #captions: readonly CaptionChannel[] = [];
  readonly #events: PackagerEvents;
  readonly #log: Log;
  readonly dvrWindowS: number;
  readonly #lowLatency: boolean;
  #announcedRuns = 0;

  constructor({ events, log, dvrWindowS, lowLatency, restored }: PackagerOptions) {
    this.#events = events;
    this.#log = log;
    this.dvrWindowS = dvrWindowS;
    this.#lowLatency = lowLatency;
    if (restored) this.#restore(restored);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A run is on. */
  get making(): boolean {
    return this.#run !== null;
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

  /** Every rendition of a run has announced media, so the multivariant playlist is complete. */
  get ready(): boolean {
    return this.tracks.size > 0 && this.runs.length > 0;
  }

  /** Caption channels that were seen in the source so far, in order. */
  get captions(): readonly CaptionChannel[] {
    return this.#captions;
  }

  /** Captions were seen in these channels; they stay declared, as media in the window may still have them. */
  declareCaptions(channels: readonly CaptionChannel[]): void {
    this.#captions = sortCaptions([...this.#captions, ...channels]);
  }

  /** A complete segment can be had from the store from now on. */
  markStored(name: string, msn: number): void {
    this.tracks.get(name)?.media.markStored(msn);
  }

  /** Begins a run; its number names the init segments. */
  beginRun(plan: RunPlan): number {
    this.endRun();
    const keyframeMs = plan.keyframes === 'source' ? plan.gopMs : plan.keyframes;
    this.#targetDurationS ??= targetDurationOf(keyframeMs);
    const leader = plan.renditions.find((one) => one.kind === 'video') ?? plan.renditions[0];
    const kind = plan.keyframes === 'source' ? 'source' : 'fixed';
    const parts = kind === 'source' && leader ? partShape(leader.frameRate, plan.partTargetMs) : null;
    const grid = createGrid(kind, keyframeMs, this.#targetDurationS, parts);
    const number = this.#runCount++;
    const firstMsn = Math.max(0, ...[...this.tracks.values()].map((track) => track.timeline.nextMsn));
    const started = new Set<string>();
    const named = { number, plan, leader: leader?.name ?? '', firstMsn, started, early: new EarlyChunks() };
    this.#run = { ...named, afterMs: this.#mediaEndMs(), anchorMs: null, grid, announced: false };
    return number;
  }

  /** A source keyframe is on its way into the encoder; ms since the broadcast began. `still`: it repeats the last one. */
  keyframe(atMs: number, still = false): void {
    if (!this.#run) return;
    this.#run.grid = still ? gridStill(this.#run.grid, atMs) : gridKeyframe(this.#run.grid, atMs);
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
    this.#meet();
  }

  /** The broadcast is over. */
  end(): void {
    this.endRun();
    this.#ended = true;
    for (const track of this.tracks.values()) track.end();
  }

  /** Goes on where another process was killed: what it had announced and not recorded is a gap. */
  #restore({ record: { runs, lastRun, tracks }, atMs, complete, adopted = false }: Restored): void {
    this.runs.push(...runs);
    this.#announcedRuns = runs.length;
    this.declareCaptions(runs.flatMap((run) => run.captions));
    // A run that left no trace may have given its number to an init segment.
    this.#runCount = lastRun + 2;
    for (const track of tracks.values()) {
      this.#targetDurationS ??= track.timeline.targetDurationS;
      this.#addTrack(track);
    }
    const longest = this.#longest();
    if (!longest || complete) return;
    const { timeline, endMs } = longest;
    const lost = lostSegmentsMax + (adopted ? segmentsIn(atMs - endMs, timeline) : 0);
    const run = this.runs.at(-1);
    // Of what had just begun nothing is recorded but when.
    const fromMs = Math.max(endMs, run ? run.anchorMs + run.startMs : 0);
    // Not beyond the present, where the next run will begin.
    const gapS = Math.min(timeline.targetDurationS, Math.max(gapMsMin, (atMs - fromMs) / lost) / 1000);
    longest.padTo(timeline.nextMsn + lost, [], timeline.timescale, { fromMs, gapS });
    this.#meet();
  }

  /** Wall-clock time at which the last media ends that an MPD lists, ms; null when there is none. */
  #mediaEndMs(): number | null {
    const announced = new Set(this.runs.map(({ number }) => number));
    const ends = [...this.tracks.values()].flatMap(({ timeline: { segments, timescale } }) => {
      const last = segments.findLast(({ gap, initNumber }) => !gap && announced.has(initNumber));
      return last ? [last.programDateTimeMs + (last.durationTicks / timescale) * 1000] : [];
    });
    return ends.length > 0 ? Math.max(...ends) : null;
  }

  #longest(): RenditionTrack | undefined {
    return [...this.tracks.values()].toSorted((a, b) => b.timeline.nextMsn - a.timeline.nextMsn)[0];
  }

  /** Lets all renditions go on at one number. */
  #meet(): void {
    const longest = this.#longest();
    if (!longest) return;
    const { segments, timescale, nextMsn } = longest.timeline;
    const all = [...this.tracks.values()];
    for (const track of all) track.padTo(nextMsn, segments, timescale);
    retain(all, this.dvrWindowS);
  }

  #addTrack(record: TrackRecord): RenditionTrack {
    const { name } = record.rendition;
    const { segments, timescale } = record.timeline;
    for (const [i, segment] of segments.entries()) this.stretches.note(segment, segments[i - 1], timescale);
    const track: RenditionTrack = new RenditionTrack(record, (segment) => {
      this.stretches.note(segment, track.timeline.segments.at(-2), timescale);
      this.#events.onRecord(segmentEntry(name, segment), track.media.parts(segment.msn) ?? []);
    });
    this.tracks.set(name, track);
    return track;
  }

  #beginTrack(run: ActiveRun, planned: PlannedRendition, init: InitSegment, bytes: Buffer): void {
    const rendition = describe(planned, init);
    const { targetDurationS } = this;
    let track = this.tracks.get(planned.name);
    if (!track) {
      const partTargetS = partTarget(planned, init, run.plan.partTargetMs);
      const discontinuitySequence = Math.max(0, this.#announcedRuns - 1);
      const start = { nextMsn: run.firstMsn, discontinuitySequence };
      const shape = { timescale: init.timescale, targetDurationS, partTargetS };
      track = this.#addTrack({ rendition, described: new Map(), timeline: emptyTimeline(shape, start) });
    }
    const { number, firstMsn } = run;
    this.#events.onRecord(trackEntry(number, rendition, track.timeline), [bytes]);
    const discontinuity = this.#announcedRuns > 0;
    const anchorMs = () => run.anchorMs ?? run.plan.anchorMs;
    track.beginRun({ number, firstMsn, discontinuity, anchorMs }, rendition, bytes);
    run.started.add(planned.name);
  }

  #pushChunk(run: ActiveRun, name: string, chunk: Chunk, bytes: Buffer): void {
    const track = this.tracks.get(name);
    if (this.#run !== run || !track) return;
    const { timescale } = track.timeline;
    const startMs = (chunk.startTicks / timescale - mediaOffsetS) * 1000;
    const endMs = startMs + (chunk.durationTicks / timescale) * 1000;
    const leads = name === run.leader;
    if (!leads && run.grid.startMs === null) {
      run.early.hold(() => this.#pushChunk(run, name, chunk, bytes));
      return;
    }
    // Sound from before the first picture would make the first segment longer than it may be.
    if (!leads && endMs <= (run.grid.startMs ?? 0) + slackMs) return;
    run.grid = gridProgress(run.grid, startMs, endMs);
    // Dates never go back: a run before this one may have been dated too late, when its first media was slow to come.
    run.anchorMs ??= Math.max(
      run.plan.anchorMs,
      ...[...this.tracks.values()].map(({ endMs: before }) => before - startMs),
    );
    const before = track.timeline;
    if (!track.push(chunk, bytes, run.grid)) {
      this.#log.warn({ event: 'chunk_dropped', rendition: name, startMs }, 'chunk lies before what is already there');
      return;
    }
    const { open } = track.timeline;
    // An MPD lists what has begun, so a hole before it counts from then on.
    if (open) this.stretches.note({ ...open, gap: false }, track.timeline.segments.at(-1), timescale);
    if (this.#lowLatency) this.#promise(run);
    const { slate = false } = run.plan;
    if (!before.open && track.rendition.kind === 'video' && !chunk.independent && !slate)
      this.#events.onMisaligned(name);
    const last = track.timeline.segments.at(-1);
    const made = open ?? last;
    if (made) this.#events.onPart({ rendition: name, msn: made.msn, part: made.parts.length - 1, bytes });
    if (leads && !open && last) {
      run.grid = gridSettle(run.grid, last.msn - run.firstMsn, endMs);
      this.#padRetired(run, track);
      retain([...this.tracks.values()], this.dvrWindowS);
      this.#events.onSegment();
    }
    if (leads) run.early.release();
    this.#announce(run, startMs, { rendition: name, endMs, capturedAtMs: run.plan.anchorMs + endMs, slate });
  }

  /** What came before the leader had begun is foretold with it: an MPD lists what all renditions have begun. */
  #promise(run: ActiveRun): void {
    for (const track of this.tracks.values()) {
      if (track.run?.number !== run.number || track.timeline.open?.promisedTicks !== undefined) continue;
      const promisedTicks = plannedTicks(track, run);
      if (promisedTicks !== null) track.promise(promisedTicks);
    }
  }

  #announce(run: ActiveRun, startMs: number, part: AnnouncedMedia): void {
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
      const anchorMs = run.anchorMs ?? plan.anchorMs;
      const mediaMs = grid.startMs ?? startMs;
      const record = {
        number,
        renditions,
        anchorMs,
        startMs: Math.max(
          0,
          run.afterMs === null ? mediaMs : periodStartMs(mediaMs, run.afterMs - anchorMs, this.targetDurationS),
        ),
        bandwidths,
        captions: this.#captions,
        slate: plan.slate === true,
      };
      this.runs.push(record);
      this.#events.onRecord(runEntry(record), []);
    }
    if (run.announced) this.#events.onMedia(first, part);
  }

  /** Renditions that the run no longer makes go on as gaps, so that players leave them for one that it makes. */
  #padRetired(run: ActiveRun, leader: RenditionTrack): void {
    const made = new Set(run.plan.renditions.map((one) => one.name));
    const { segments, timescale, nextMsn } = leader.timeline;
    for (const [name, track] of this.tracks) {
      if (!made.has(name)) track.padTo(nextMsn, segments, timescale);
    }
  }
}

/** How many segments can have been announced in a time, by the shortest of those before it. */
function segmentsIn(ms: number, { segments, timescale, targetDurationS }: RenditionTimeline): number {
  const made = segments.filter(({ gap }) => !gap).slice(-packagerLimits.segmentsWithPartsMax);
  const shortestMs = Math.min(targetDurationS * 1000, ...made.map((one) => (one.durationTicks / timescale) * 1000));
  return Math.min(recordLimits.holeSegmentsMax, Math.ceil(Math.max(0, ms) / Math.max(gapMsMin, shortestMs)));
}

/**
 * Where the period of a run begins whose media begins at `mediaMs`: where the run before it really ended, so that its last
 * segment needs no other duration than it was said to have. Once all that was said is over, the hole belongs to the period
 * before: dash.js leaves a period whose media has ended for the beginning of the next one, and has to find media there.
 */
function periodStartMs(mediaMs: number, endedMs: number, targetDurationS: number): number {
  return mediaMs > endedMs + longestSegmentOf(targetDurationS) ? mediaMs : Math.min(mediaMs, endedMs);
}

function describe(planned: PlannedRendition, init: InitSegment): Rendition {
  const { name, bitrate, passthrough, frameRate } = planned;
  const { codec, media } = init;
  if (media.kind === 'video') {
    return { kind: 'video', name, codec, width: media.width, height: media.height, frameRate, bitrate, passthrough };
  }
  return { kind: 'audio', name, codec, channels: media.channels, sampleRate: media.sampleRate, bitrate };
}

function trackEntry(run: number, rendition: Rendition, timeline: RenditionTimeline): RecordEntry {
  const { timescale, targetDurationS, partTargetS, nextMsn, discontinuitySequence } = timeline;
  const shape = { timescale, targetDurationS, partTargetS };
  return { kind: 'track', run, rendition, shape, start: { nextMsn, discontinuitySequence } };
}

const aacFrameSamples = 1024;
/** 20 ms at 48 kHz. */
const opusFrameSamples = 960;

/** Seconds: what the plan says for video; for audio, whole frames that cover it. */
function partTarget(planned: PlannedRendition, init: InitSegment, partTargetMs: number): number {
  if (planned.kind === 'video') return partTargetMs / 1000;
  const frameS = (init.codec === opusCodec ? opusFrameSamples : aacFrameSamples) / init.timescale;
  return Math.ceil((Math.ceil(packagerLimits.partTargetMs / 1000 / frameS - 1e-9) * frameS - 1e-9) * 100_000) / 100_000;
}

/** null without a frame rate. */
function partShape(frameRate: number, partTargetMs: number): PartShape | null {
  if (!(frameRate > 0)) return null;
  const frameMs = 1_000 / frameRate;
  return { frames: Math.max(1, Math.floor(partTargetMs / frameMs + 1e-6)), frameMs };
}
