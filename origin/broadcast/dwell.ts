import { paceLimits } from '#shared/limits/transcoder.ts';
import type { Dwell, StageDwell } from '#shared/model/broadcast.ts';

/** Samples of the last while, oldest first; no more than the limit. */
class Samples {
  readonly #samples: { readonly atMs: number; readonly dwellMs: number }[] = [];

  add(atMs: number, dwellMs: number): void {
    this.#samples.push({ atMs, dwellMs: Math.max(0, dwellMs) });
    const sinceMs = atMs - paceLimits.windowMs;
    while (this.#samples.length > paceLimits.samplesMax || (this.#samples[0]?.atMs ?? atMs) < sinceMs) {
      this.#samples.shift();
    }
  }

  summary(nowMs: number): StageDwell | null {
    const recent = this.#samples.filter(({ atMs }) => atMs >= nowMs - paceLimits.windowMs);
    const sorted = recent.map(({ dwellMs }) => dwellMs).sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return sorted.length === 0 ? null : { p50Ms: at(0.5), p95Ms: at(0.95) };
  }
}

/** A part that was announced; wall-clock times, ms since the Unix epoch. */
export interface AnnouncedPart {
  readonly rendition: string;
  /** Where its media ends, ms since the broadcast began. */
  readonly endMs: number;
  readonly firstByteAtMs: number;
  readonly announcedAtMs: number;
  readonly capturedAtMs: number;
}

/**
 * How long media takes through the origin, stage by stage, and how long the oldest that is still in the encoder has been
 * there. Has no clock: every time is given. Its memory is bounded by `paceLimits`.
 */
export class DwellMeter {
  readonly #stages = {
    ingest: new Samples(),
    transcoder: new Samples(),
    packager: new Samples(),
    total: new Samples(),
  };
  /** When which media went into the encoder, in order of both. */
  #marks: { readonly mediaMs: number; readonly atMs: number }[] = [];
  /** How far each rendition of the present run has come, ms. */
  #outMs = new Map<string, number>();

  /** A new encoder: what the one before it still held does not come. `renditions` are those that are waited for. */
  beginRun(renditions: readonly string[]): void {
    this.#marks = [];
    this.#outMs = new Map(renditions.map((name) => [name, Number.NEGATIVE_INFINITY]));
  }

  fed(mediaMs: number, arrivedAtMs: number, nowMs: number): void {
    this.#stages.ingest.add(nowMs, nowMs - arrivedAtMs);
    if (mediaMs < (this.#marks.at(-1)?.mediaMs ?? Number.NEGATIVE_INFINITY) + paceLimits.markMsMin) return;
    this.#marks.push({ mediaMs, atMs: nowMs });
    if (this.#marks.length > paceLimits.marksMax) this.#marks.shift();
  }

  announced({ rendition, endMs, firstByteAtMs, announcedAtMs, capturedAtMs }: AnnouncedPart): void {
    const last = this.#marks.findLast(({ mediaMs }) => mediaMs < endMs);
    if (last) this.#stages.transcoder.add(announcedAtMs, firstByteAtMs - last.atMs);
    this.#stages.packager.add(announcedAtMs, announcedAtMs - firstByteAtMs);
    this.#stages.total.add(announcedAtMs, announcedAtMs - capturedAtMs);
    if (this.#outMs.has(rendition)) this.#outMs.set(rendition, endMs);
    const outMs = Math.min(...this.#outMs.values());
    const keep = this.#marks.findIndex(({ mediaMs }) => mediaMs >= outMs);
    if (keep > 0) this.#marks.splice(0, keep - 1);
  }

  /** How long the oldest media that has not come out of every rendition has been in the encoder, ms. */
  waitingMs(nowMs: number): number {
    const newest = this.#marks.at(-1);
    if (!newest || nowMs - newest.atMs > paceLimits.starvedMs) return 0;
    const outMs = Math.min(...this.#outMs.values());
    const oldest = this.#marks.find(({ mediaMs }) => mediaMs >= outMs);
    return oldest ? nowMs - oldest.atMs : 0;
  }

  summary(nowMs: number): Dwell {
    const { ingest, transcoder, packager, total } = this.#stages;
    return {
      ingest: ingest.summary(nowMs),
      transcoder: transcoder.summary(nowMs),
      packager: packager.summary(nowMs),
      total: total.summary(nowMs),
    };
  }
}
