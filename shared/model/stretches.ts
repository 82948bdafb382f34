import { mediaOffsetS, type Segment } from './timeline.ts';

/** Part of a run in which no rendition has a hole before media: what a period of an MPD can hold. */
export interface Stretch {
  /** First segment; the stretch lasts to the first of the next one. */
  readonly msn: number;
  /** Media time at which it begins, ms since the broadcast began. */
  readonly startMs: number;
}

/**
 * Where renditions found media again after a hole, run by run. Segments of an MPD are numbered by their place in the
 * timeline (ISO/IEC 23009-1 5.3.9.6), so what follows a hole needs a period of its own. What has a hole to its end just
 * ends earlier: some players refuse a presentation with a period that lacks the sound of the others.
 */
export class Stretches {
  readonly #turns = new Map<number, Stretch[]>();

  /** Looks at a segment that is complete or has begun, and the one before it in the same rendition. */
  note(
    segment: Pick<Segment, 'msn' | 'initNumber' | 'startTicks' | 'gap'>,
    before: Segment | undefined,
    timescale: number,
  ): void {
    const { msn, initNumber, startTicks, gap } = segment;
    if (!before || before.initNumber !== initNumber || !before.gap || gap) return;
    const turns = this.#turns.get(initNumber) ?? [];
    if (turns.some((turn) => turn.msn === msn)) return;
    turns.push({ msn, startMs: (startTicks / timescale - mediaOffsetS) * 1000 });
    turns.sort((a, b) => a.msn - b.msn);
    this.#turns.set(initNumber, turns);
  }

  /** The stretches of a run after its first one. */
  of(runNumber: number): readonly Stretch[] {
    return this.#turns.get(runNumber) ?? [];
  }
}
