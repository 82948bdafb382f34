import { type Clock, sleep } from '../../conformance/clock.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import type { Shape } from './faults.ts';

export type Rendition = 'video' | 'audio';

export const renditions: readonly Rendition[] = ['video', 'audio'];
/** Segments last one second, so their number is the media time at which they begin. */
export const partsPerSegment = 5;
export const partS = 1 / partsPerSegment;
const timescales = { video: 90_000, audio: 48_000 };
const samplesPerPart = { video: 5, audio: 10 };
/** Media time of segment 0. */
export const mediaZeroS = 10;
const agedS = 20;
/** Of a stream whose publisher was away: segments without media. */
const gapFirst = agedS + 2;
const gapSegments = 3;
/** Of a stream that is cut: the segment in which its first period ends, and the parts that were made of it. */
const cutMsn = agedS + 2;
const cutParts = 2;

/** A live stream as a function of the clock, with at most one fault. */
export class FakeStream {
  readonly shape: Shape;
  readonly #fault: string | null;
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(clock: Clock, shape: Shape, fault: string | null) {
    this.shape = shape;
    this.#clock = clock;
    this.#fault = fault;
    this.#startMs = clock.nowMs() - agedS * 1000;
  }

  has(fault: string): boolean {
    return this.#fault === fault;
  }

  get isDash(): boolean {
    return this.shape === 'dash' || this.shape === 'dash-cut';
  }

  /** Whether nobody published while a segment should have been made. */
  isGap(msn: number): boolean {
    return this.shape === 'away' && msn >= gapFirst && msn < gapFirst + gapSegments;
  }

  /** Number of the segment that the end of a period cuts short; null: none, or not yet. */
  get cutMsn(): number | null {
    return this.shape === 'dash-cut' && this.lengthS > cutMsn + 1 ? cutMsn : null;
  }

  /** Parts of a segment: fewer when its run ends inside it. */
  partsOf(msn: number): number {
    return this.shape === 'dash-cut' && msn === cutMsn ? cutParts : partsPerSegment;
  }

  get startMs(): number {
    return this.#startMs;
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Resolves at a time of its clock, or at once. */
  until(timeMs: number): Promise<void> {
    return sleep(this.#clock, timeMs - this.nowMs);
  }

  /** Resolves when there are so many seconds of media. */
  async untilLength(wantedS: number): Promise<void> {
    while (this.lengthS + 1e-6 < wantedS) await this.until(this.#startMs + wantedS * 1000);
  }

  /** Seconds of media that there are; an ended stream has stopped growing. */
  get lengthS(): number {
    return this.shape === 'ended' ? agedS : (this.nowMs - this.#startMs) / 1000;
  }

  /** Where playlists of a stream end that is silent about a gap: at its beginning. */
  get silentLengthS(): number {
    return this.isGap(Math.floor(this.lengthS)) ? gapFirst : this.lengthS;
  }

  /** Seconds since someone may have looked at it first. */
  get watchedS(): number {
    return this.lengthS - agedS;
  }

  /** Segments that are whole, and parts of the one being made. */
  edge(lengthS = this.lengthS): { msn: number; part: number } {
    const parts = Math.floor(lengthS * partsPerSegment + 1e-6);
    return { msn: Math.floor(parts / partsPerSegment), part: (parts % partsPerSegment) - 1 };
  }

  timescale(rendition: Rendition): number {
    return timescales[rendition];
  }

  init(rendition: Rendition): Buffer {
    const bytes = initSegment(rendition);
    return this.has('hls-init') && rendition === 'audio' ? bytes.subarray(0, bytes.readUInt32BE(0)) : bytes;
  }

  part(rendition: Rendition, msn: number, part: number): Buffer {
    const timescale = timescales[rendition];
    const samples = samplesPerPart[rendition];
    const durationTicks = (timescale * partS) / samples;
    const isOff = (this.has('hls-continuity') && msn % 5 === 2) || (this.has('dash-tfdt') && this.shape === 'dash');
    const startS = mediaZeroS + msn + part * partS + (isOff && rendition === 'video' ? 0.6 : 0);
    const noSync = this.has('hls-independent') || this.has('dash-sap');
    return chunk({
      startTicks: Math.round(startS * timescale),
      durationsTicks: Array.from({ length: samples }, () => durationTicks),
      independent: rendition === 'audio' || (part === 0 && !noSync),
    });
  }

  segment(rendition: Rendition, msn: number): Buffer {
    const parts = Array.from({ length: this.partsOf(msn) }, (_, part) => this.part(rendition, msn, part));
    if (this.has('hls-parts-sum')) parts.push(Buffer.from('00000010667265650000000000000000', 'hex'));
    return Buffer.concat(parts);
  }
}
