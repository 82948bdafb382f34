import { foldRecord, type RecordEntry } from '#shared/model/record.ts';
import type { PlannedRendition, RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from './fmp4.ts';
import { createLiveWindow } from './live-window.ts';

/** What the encoder's source and the broadcast around it are like. */
export interface ChunkScene {
  /** Frames of a part, and ticks of one at 90 kHz. */
  readonly rate: { readonly frames: number; readonly ticks: number };
  readonly gopParts: number;
  /** Keyframes are told ahead of their media, by so many parts; null: they come at a fixed interval. */
  readonly lagParts: number | null;
  readonly sound: 'audio' | 'opus' | null;
  readonly stores: boolean;
  readonly dvrWindowS: number;
}

/** What becomes of one track's chunk on its way. */
export type ChunkFault = 'missing' | 'twice' | 'late';

/** One stretch of what an encoder, its source and its process do. Tracks are counted, so that any number fits. */
export type ChunkStep =
  | {
      readonly kind: 'parts';
      readonly count: number;
      readonly soundFirst: boolean;
      readonly fault: { readonly what: ChunkFault; readonly track: number; readonly at: number } | null;
    }
  /** A track has nothing to say until the run is over. */
  | { readonly kind: 'stop'; readonly track: number }
  /** A keyframe out of turn, at a part's beginning. */
  | { readonly kind: 'cut' }
  /** Media is missing in the source: all tracks go on later. */
  | { readonly kind: 'hole'; readonly lastsMs: number }
  /** The encoder is gone; the next one makes all renditions or lacks one, which may come late, by so many parts. */
  | {
      readonly kind: 'restart' | 'takeover' | 'kill';
      readonly pauseMs: number;
      readonly without: number | null;
      readonly late: { readonly track: number; readonly parts: number } | null;
    };

interface PlayedTrack {
  readonly name: string;
  readonly kind: 'video' | 'audio';
  readonly sink: TrackSink;
  /** Slot of its run in which it begins. */
  readonly fromSlot: number;
  begun: boolean;
  stopped: boolean;
  /** Where its next chunk begins, ticks. */
  ticks: number;
  held: Buffer | null;
}

const anchorMs = Date.UTC(2026, 10, 21, 12);
const soundTicks = { audio: 1_024, opus: 960 } as const;

/** Plays steps into a real packager and its live window, and calls back after each chunk. */
export class ChunkPlay {
  live: ReturnType<typeof createLiveWindow>;
  /** Media of processes that were killed. */
  readonly stored = new Map<string, Buffer>();
  /** Wall-clock time, ms since the Unix epoch: media comes as it is captured. */
  nowMs = anchorMs;
  readonly #scene: ChunkScene;
  readonly #onPush: () => void;
  readonly #record: RecordEntry[] = [];
  #tracks: PlayedTrack[] = [];
  #slot = 0;
  #startMs = 0;
  /** Slots of the run that begin with a keyframe, as far as they are known. */
  #keys = new Set<number>();
  #knownSlots = 0;
  #nextKeySlot = 0;

  constructor(scene: ChunkScene, onPush: () => void) {
    this.#scene = scene;
    this.#onPush = onPush;
    this.live = createLiveWindow({ stores: scene.stores, dvrWindowS: scene.dvrWindowS });
    this.#begin(null, null);
  }

  get partMs(): number {
    const { frames, ticks } = this.#scene.rate;
    return (frames * ticks) / 90;
  }

  play(step: ChunkStep): void {
    if (step.kind === 'parts') {
      for (let i = 0; i < step.count; i++) this.#playSlot(step.soundFirst, step.fault?.at === i ? step.fault : null);
    } else if (step.kind === 'stop') {
      // A source whose picture stops is filled before the encoder sees it.
      const others = this.#tracks.slice(1);
      const stopped = others[step.track % Math.max(1, others.length)];
      if (stopped) stopped.stopped = true;
    } else if (step.kind === 'cut') this.#nextKeySlot = this.#knownSlots;
    else if (step.kind === 'hole') this.#hole(step.lastsMs);
    else this.#change(step);
  }

  /** The broadcast is over. */
  end(): void {
    this.live.packager.end();
    this.#onPush();
  }

  #change({ kind, pauseMs, without, late }: Extract<ChunkStep, { kind: 'restart' | 'takeover' | 'kill' }>): void {
    this.#startMs = Math.ceil(this.#atMs(this.#slot) + (kind === 'takeover' ? 100 : 500) + pauseMs);
    if (kind === 'restart') {
      this.live.packager.endRun();
      this.#onPush();
    }
    this.nowMs = anchorMs + this.#startMs;
    // Without a store nothing of a process outlives it.
    if (kind === 'kill' && this.#scene.stores) this.#kill();
    this.#begin(without, late);
  }

  #kill(): void {
    const { stores, dvrWindowS } = this.#scene;
    this.#record.push(...this.live.record.map((entry) => JSON.parse(JSON.stringify(entry)) as RecordEntry));
    for (const [path, bytes] of this.live.stored) this.stored.set(path, bytes);
    const restored = { record: foldRecord(this.#record), atMs: this.nowMs, complete: false };
    this.live = createLiveWindow({ stores, dvrWindowS, restored });
    this.#onPush();
  }

  #plan(without: number | null): RunPlan {
    const { rate, gopParts, lagParts, sound } = this.#scene;
    const frameRate = 90_000 / rate.ticks;
    const video = (name: string, bitrate: number, passthrough: boolean): PlannedRendition => {
      return { name, kind: 'video', frameRate, bitrate, passthrough };
    };
    const renditions = [video('v720', 2_500_000, lagParts !== null), video('v360', 700_000, false)];
    if (sound) renditions.push({ name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false });
    const gopMs = gopParts * this.partMs;
    const partTargetMs = Math.ceil(this.partMs - 1e-6) + (lagParts === null ? 0 : 1);
    return {
      renditions: without === null ? renditions : renditions.filter((_, i) => i !== without % renditions.length),
      ...{
        keyframes: lagParts === null ? Math.round(gopMs) : 'source',
        gopMs: Math.ceil(gopMs),
        partTargetMs,
        anchorMs,
      },
    };
  }

  #begin(without: number | null, late: { readonly track: number; readonly parts: number } | null): void {
    const plan = this.#plan(without);
    const { packager } = this.live;
    const run = packager.beginRun(plan);
    [this.#slot, this.#knownSlots, this.#nextKeySlot] = [0, 0, 0];
    this.#keys = new Set();
    this.#tracks = plan.renditions.map(({ name, kind }, i) => {
      const fromSlot = late && late.track % plan.renditions.length === i ? late.parts : 0;
      const priming = this.#startMs === 0 && this.#scene.sound === 'audio' ? 1_024 : 0;
      const ticks = kind === 'video' ? 0 : Math.round(48 * (10_000 + this.#startMs)) - priming;
      const sink = packager.openTrack(run, name) as TrackSink;
      return { name, kind, sink, fromSlot, begun: false, stopped: false, ticks, held: null };
    });
  }

  #atMs(slot: number): number {
    return this.#startMs + slot * this.partMs;
  }

  #playSlot(soundFirst: boolean, fault: { readonly what: ChunkFault; readonly track: number } | null): void {
    this.#tellKeyframes();
    const isKey = this.#keys.has(this.#slot);
    const endMs = this.#atMs(this.#slot + 1);
    this.nowMs = Math.max(this.nowMs, anchorMs + Math.round(endMs));
    const order = soundFirst ? this.#tracks.toReversed() : this.#tracks;
    for (const track of order) {
      if (this.#slot < track.fromSlot) continue;
      const hit = fault && this.#tracks[fault.track % this.#tracks.length] === track ? fault.what : null;
      for (const bytes of track.kind === 'video' ? [this.#picture(isKey)] : this.#sounds(track, endMs)) {
        if (!track.stopped) this.#send(track, bytes, hit);
      }
    }
    this.#slot++;
  }

  /** Keyframes are seen at ingest before the encoder has made anything of them. */
  #tellKeyframes(): void {
    const { lagParts, gopParts } = this.#scene;
    for (; this.#knownSlots <= this.#slot + 1 + (lagParts ?? 0); this.#knownSlots++) {
      if (this.#knownSlots !== this.#nextKeySlot) continue;
      this.#keys.add(this.#knownSlots);
      this.#nextKeySlot += gopParts;
      if (lagParts !== null) this.live.packager.keyframe(Math.round(this.#atMs(this.#knownSlots)));
    }
  }

  #picture(independent: boolean): Buffer {
    const { frames, ticks } = this.#scene.rate;
    const at = (frame: number) => {
      const media = this.#startMs * 90 + (this.#slot * frames + frame) * ticks;
      // What is passed through has the whole milliseconds of its source.
      return this.#scene.lagParts === null ? Math.round(media) : Math.round(media / 90) * 90;
    };
    const durationsTicks = Array.from({ length: frames }, (_, i) => at(i + 1) - at(i));
    return chunk({ startTicks: 900_000 + at(0), durationsTicks, independent });
  }

  #sounds(track: PlayedTrack, endMs: number): Buffer[] {
    const frame = soundTicks[this.#scene.sound ?? 'audio'];
    const made: Buffer[] = [];
    while (track.ticks + 10 * frame <= 48 * (10_000 + endMs)) {
      made.push(chunk({ startTicks: track.ticks, durationsTicks: Array(10).fill(frame), independent: true }));
      track.ticks += 10 * frame;
    }
    return made;
  }

  #send(track: PlayedTrack, bytes: Buffer, fault: ChunkFault | null): void {
    if (!track.begun) track.sink.data(initSegment(track.kind === 'video' ? 'video' : (this.#scene.sound ?? 'audio')));
    track.begun = true;
    if (fault === 'late' && !track.held) {
      track.held = bytes;
      return;
    }
    if (fault !== 'missing') this.#push(track, bytes);
    if (fault === 'twice') this.#push(track, bytes);
    const { held } = track;
    track.held = null;
    if (held) this.#push(track, held);
  }

  #push(track: PlayedTrack, bytes: Buffer): void {
    track.sink.data(bytes);
    this.#onPush();
  }

  #hole(lastsMs: number): void {
    const slots = Math.ceil(lastsMs / this.partMs);
    this.#slot += slots;
    // What comes after it begins with a keyframe, in the source as in the encoder.
    this.#knownSlots = this.#slot;
    this.#nextKeySlot = this.#slot;
    for (const track of this.#tracks) if (track.kind === 'audio') track.ticks += Math.round(48 * slots * this.partMs);
  }
}
