import { thumbnailLimits } from '#shared/limits/store.ts';
import type { Segment } from '#shared/model/timeline.ts';

/**
 * When each segment begins on the timeline that players of the replay show: seconds of listed media (EXTINF) before it,
 * counted from the broadcast's first segment. All renditions share their numbers; the first to have one says its time.
 */
export class TimelineClock {
  readonly #startS = new Map<number, number>();
  #nextMsn = 0;
  #endS = 0;
  #startMs: number | null = null;

  /** Listed so far, seconds. */
  get endS(): number {
    return this.#endS;
  }

  /** Wall-clock time of zero, ms since the Unix epoch; null before the first segment. */
  get startMs(): number | null {
    return this.#startMs;
  }

  /** Takes a complete segment of any rendition; what another one has said already changes nothing. */
  note({ msn, durationTicks, programDateTimeMs }: Omit<Segment, 'parts'>, timescale: number): void {
    if (msn < this.#nextMsn) return;
    this.#startMs ??= programDateTimeMs;
    this.#startS.set(msn, this.#endS);
    this.#endS += durationTicks / timescale;
    this.#nextMsn = msn + 1;
    for (const oldest of this.#startS.keys()) {
      if (this.#startS.size <= thumbnailLimits.timesRememberedMax) break;
      this.#startS.delete(oldest);
    }
  }

  /** Null: too long ago, or not there yet. */
  startOf(msn: number): number | null {
    return this.#startS.get(msn) ?? null;
  }
}

/** Whether a picture at `startS` is wanted when the last one was of `lastS`; null: there is none yet. */
export function isPictureDue(startS: number, lastS: number | null): boolean {
  if (lastS === null) return true;
  const [, everyMs] = thumbnailLimits.spacingMs.find(([untilMs]) => startS * 1_000 < untilMs) ?? [0, 30_000];
  return (startS - lastS) * 1_000 >= everyMs - toleranceMs;
}

/** Whether a new poster is wanted: its picture is of the newer half of the broadcast, or of the last minutes of a long one. */
export function isPosterDue(startS: number, lastS: number | null): boolean {
  if (lastS === null) return true;
  return startS >= 2 * lastS + minPosterStepS || (startS - lastS) * 1_000 >= thumbnailLimits.posterEveryMsMax;
}

const minPosterStepS = 4;

/** Segments end at frames and not at whole seconds. */
const toleranceMs = 100;
