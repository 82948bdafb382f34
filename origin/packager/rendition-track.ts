import { packagerLimits } from '#shared/limits/packager.ts';
import { BandwidthMeter } from '#shared/model/bandwidth-meter.ts';
import type { TrackRecord } from '#shared/model/record.ts';
import type { MeasuredBandwidth, Rendition } from '#shared/model/rendition.ts';
import { mediaOffsetS, type RenditionTimeline, type Segment } from '#shared/model/timeline.ts';
import type { Chunk } from './chunk.ts';
import { boundaryAt, type Grid, longestSegmentOf, reachesBoundary } from './grid.ts';
import { type HoldLimits, MediaStore } from './media-store.ts';
import {
  appendPart,
  closeSegment,
  endTimeline,
  forgetParts,
  openSegment,
  promiseDuration,
  trimTimeline,
} from './timeline.ts';

/** An encoder run as one track sees it. */
export interface TrackRun {
  readonly number: number;
  readonly discontinuity: boolean;
  /** Wall-clock time of media time zero, ms since the Unix epoch; settled when the run's first media is there. */
  readonly anchorMs: () => number;
  readonly firstMsn: number;
}

/** A gap that leaves no room for itself lasts so long, so that it has a duration at all. */
const gapMsMin = 1;

/** One rendition of a broadcast: its timeline, its media, and whoever waits for more of it. */
export class RenditionTrack {
  rendition: Rendition;
  timeline: RenditionTimeline;
  readonly media = new MediaStore();
  readonly inits = new Map<number, Buffer>();
  /** What it was in each run, by the number of the run's init segments. */
  readonly described: Map<number, Rendition>;
  readonly #onClosed: (segment: Segment) => void;
  #run: TrackRun | null = null;
  #expectedTicks: number | null = null;
  #version = 0;
  #changed = Promise.withResolvers<void>();
  readonly #meter = new BandwidthMeter();

  /** @param record where the rendition begins, or how far it was in a process before this one */
  constructor(record: TrackRecord, onClosed: (segment: Segment) => void) {
    const { rendition, described, timeline } = record;
    this.rendition = rendition;
    this.described = new Map(described);
    this.timeline = timeline;
    this.#onClosed = onClosed;
    for (const segment of timeline.segments) this.#measure(segment);
  }

  /** Grows with every change of the timeline, trimming included. */
  get version(): number {
    return this.#version;
  }

  /** Settles at the next change of the timeline. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  get run(): TrackRun | null {
    return this.#run;
  }

  /** As measured so far. */
  get bandwidth(): MeasuredBandwidth {
    return this.#meter.of(this.rendition);
  }

  /** A new encoder run begins with its own init segment. */
  beginRun(run: TrackRun, rendition: Rendition, init: Buffer): void {
    this.rendition = rendition;
    this.described.set(run.number, rendition);
    this.inits.set(run.number, init);
    this.#run = run;
    this.#expectedTicks = null;
  }

  /** Adds a chunk as the next part; returns false when it lies before what is already there and was dropped. */
  push(chunk: Chunk, bytes: Buffer, grid: Grid): boolean {
    const run = this.#run;
    if (!run || this.timeline.ended) return false;
    const toleranceTicks = this.timeline.timescale / 1000;
    if (this.#expectedTicks !== null && chunk.startTicks < this.#expectedTicks - toleranceTicks) return false;
    this.#closeUpTo(this.#toMs(chunk.startTicks), grid, run);
    if (!this.timeline.open) this.#open(chunk, bytes.length, run);
    const { open } = this.timeline;
    if (!open) return false;
    const part = { durationTicks: this.#listedTicks(chunk), independent: chunk.independent, sizeBytes: bytes.length };
    this.timeline = appendPart(this.timeline, part);
    this.media.add(open.msn, bytes);
    this.#expectedTicks = chunk.startTicks + chunk.durationTicks;
    if (reachesBoundary(grid, open.msn - run.firstMsn, this.#toMs(this.#expectedTicks))) this.#close();
    this.#publish();
    return true;
  }

  /** Manifests list the open segment with this duration from now on. */
  promise(durationTicks: number): void {
    this.timeline = promiseDuration(this.timeline, durationTicks);
    // Another MPD, but nothing that anybody waits for.
    this.#version++;
  }

  /** The encoder run is over: what is open is complete as it is. */
  endRun(): void {
    if (!this.#run) return;
    this.#run = null;
    this.#close();
    this.#publish();
  }

  /**
   * Fills with gaps up to a media sequence number, so that all renditions go on with the same one.
   * @param like segments of another rendition whose times the gaps take over; others follow what is there, not before
   * `fromMs`, and last `gapS` seconds
   */
  padTo(
    nextMsn: number,
    like: readonly Segment[],
    likeTimescale: number,
    { fromMs = 0, gapS = this.timeline.targetDurationS } = {},
  ): void {
    while (this.timeline.nextMsn < nextMsn && !this.timeline.ended) {
      const msn = this.timeline.nextMsn;
      const model = like.find((segment) => segment.msn === msn);
      const discontinuity = model?.discontinuity ?? false;
      // Dates run on where nothing breaks them, though segments of two renditions do not begin at the same time.
      const startMs =
        discontinuity || this.endMs === 0 ? Math.max(model?.programDateTimeMs ?? fromMs, this.endMs) : this.endMs;
      const modelMs = model ? (model.durationTicks / likeTimescale) * 1000 : gapS * 1000;
      const untilMs = (model?.programDateTimeMs ?? startMs) + modelMs;
      const lastsMs = Math.min(longestSegmentOf(this.timeline.targetDurationS), Math.max(gapMsMin, untilMs - startMs));
      this.#gap(Math.round((lastsMs / 1000) * this.timeline.timescale), startMs, discontinuity);
      this.#publish();
    }
  }

  /** No more media will come. */
  end(): void {
    if (this.timeline.ended) return;
    this.#run = null;
    this.#close();
    this.timeline = endTimeline(this.timeline);
    this.#publish();
  }

  /** Begins the window at `firstMsn`, and keeps in memory what `hold` says. */
  trim(firstMsn: number, hold: HoldLimits): void {
    const trimmed = trimTimeline(this.timeline, firstMsn);
    // Another text, but nothing that anybody waits for.
    if (trimmed !== this.timeline) this.#version++;
    this.timeline = trimmed;
    this.media.drop(hold);
    const inUse = new Set(this.timeline.segments.map((segment) => segment.initNumber));
    // Viewers hold playlists that list a little more than there is now.
    const keptFrom = (this.#run?.number ?? 0) - packagerLimits.initRunsKept;
    for (const number of this.inits.keys()) if (number < keptFrom && !inUse.has(number)) this.inits.delete(number);
  }

  /**
   * A hole in the source stretches the frame before it over the hole. It is listed without the hole, or the part would
   * be longer than PART-TARGET and the segment than TARGETDURATION; wall-clock times tell of the hole.
   */
  #listedTicks(chunk: Chunk): number {
    return Math.min(chunk.durationTicks, Math.floor(this.timeline.partTargetS * this.timeline.timescale));
  }

  #closeUpTo(startMs: number, grid: Grid, run: TrackRun): void {
    for (let guard = 0; guard < packagerLimits.gapSegmentsMax; guard++) {
      const msn = this.timeline.open?.msn ?? this.timeline.nextMsn;
      if (!reachesBoundary(grid, msn - run.firstMsn, startMs)) return;
      if (this.timeline.open) this.#close();
      else this.#gapSegment(msn, grid, run);
    }
  }

  #gapSegment(msn: number, grid: Grid, run: TrackRun): void {
    const index = msn - run.firstMsn;
    const endMs = boundaryAt(grid, index) ?? 0;
    const previousMs = index === 0 ? (grid.startMs ?? endMs) : (boundaryAt(grid, index - 1) ?? endMs);
    const startMs = Math.max(previousMs, endMs - this.timeline.targetDurationS * 1000);
    const durationTicks = Math.round(((endMs - startMs) / 1000) * this.timeline.timescale);
    this.#gap(durationTicks, run.anchorMs() + startMs, this.#startsRun());
  }

  #gap(durationTicks: number, programDateTimeMs: number, discontinuity: boolean): void {
    const last = this.timeline.segments.at(-1);
    const startTicks = last ? last.startTicks + last.durationTicks : mediaOffsetS * this.timeline.timescale;
    const initNumber = this.#run?.number ?? last?.initNumber ?? Math.max(0, ...this.described.keys());
    const start = { startTicks, initNumber, discontinuity, programDateTimeMs, keyframeBytes: 0 };
    this.timeline = openSegment(this.timeline, start);
    this.#close(durationTicks);
  }

  /** Wall-clock time at which the newest segment ends, ms; 0 when there is none. */
  get endMs(): number {
    const last = this.timeline.segments.at(-1);
    return last ? Math.round(last.programDateTimeMs + (last.durationTicks / this.timeline.timescale) * 1000) : 0;
  }

  #open({ startTicks, independent, restBytes }: Chunk, sizeBytes: number, run: TrackRun): void {
    const programDateTimeMs = run.anchorMs() + this.#toMs(startTicks);
    const discontinuity = this.#startsRun();
    this.timeline = openSegment(this.timeline, {
      startTicks,
      initNumber: run.number,
      discontinuity,
      programDateTimeMs: Math.round(programDateTimeMs),
      keyframeBytes: independent ? sizeBytes - restBytes : 0,
    });
  }

  #startsRun(): boolean {
    return this.#run?.discontinuity === true && this.timeline.nextMsn === this.#run.firstMsn;
  }

  #close(gapTicks = 0): void {
    if (!this.timeline.open) return;
    this.timeline = forgetParts(closeSegment(this.timeline, gapTicks), packagerLimits.segmentsWithPartsMax);
    const closed = this.timeline.segments.at(-1);
    if (!closed) return;
    this.#measure(closed);
    this.#onClosed(closed);
  }

  #measure(segment: Segment): void {
    this.#meter.add(segment, this.timeline.timescale, this.timeline.targetDurationS);
  }

  /** Media ticks to ms since the broadcast began. */
  #toMs(ticks: number): number {
    return (ticks / this.timeline.timescale - mediaOffsetS) * 1000;
  }

  #publish(): void {
    this.#version++;
    const previous = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    previous.resolve();
  }
}
