import fc from 'fast-check';
import type { OpenSegment, Part, RenditionTimeline, Segment } from '#shared/model/timeline.ts';

/** Timelines as a packager may leave them behind: any lengths, gaps, discontinuities, init segments, ends and trims. */

const timescale = 90_000;
const targetDurationS = 2;
const partTargetTicks = 18_000;
/** What rounds to a segment of the target duration, in whole parts. */
const partsMax = 12;

interface Drawn {
  readonly parts: readonly Part[];
  readonly gapTicks: number;
  readonly breaks: boolean;
  readonly begins: boolean;
}

const part = fc.record({
  durationTicks: fc.integer({ min: 1, max: partTargetTicks }),
  sizeBytes: fc.integer({ min: 1, max: 1_000_000 }),
  independent: fc.boolean(),
});

const fullPart: Part = { durationTicks: partTargetTicks, sizeBytes: 9_000, independent: false };

const drawn: fc.Arbitrary<Drawn> = fc.record({
  parts: fc.oneof(
    { weight: 8, arbitrary: fc.array(part, { minLength: 1, maxLength: partsMax }) },
    // Whole segments, so that a long timeline reaches beyond the skip boundary.
    { weight: 16, arbitrary: fc.constant(Array.from({ length: 10 }, () => fullPart)) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  gapTicks: fc.integer({ min: 1, max: targetDurationS * timescale }),
  breaks: fc.boolean(),
  begins: fc.boolean(),
});

/** Any timeline with at least one segment. */
export const anyTimeline: fc.Arbitrary<RenditionTimeline> = fc
  .record({
    all: fc.array(drawn, { minLength: 1, maxLength: 40, size: 'max' }),
    trimmed: fc.nat(1_000),
    discontinuitySequence: fc.nat(20),
    end: fc.constantFrom('open', 'between', 'ended'),
  })
  .map(({ all, trimmed, discontinuitySequence, end }) => {
    const segments: Segment[] = [];
    let initNumber = 0;
    let startTicks = 900_000;
    for (const [index, one] of all.entries()) {
      const discontinuity = one.breaks && index > 0;
      if (discontinuity) initNumber++;
      const gap = one.parts.length === 0;
      const sum = (of: (part: Part) => number) => one.parts.reduce((total, next) => total + of(next), 0);
      const durationTicks = gap ? one.gapTicks : sum((next) => next.durationTicks);
      segments.push({
        ...{ msn: trimmed + index, startTicks, durationTicks, parts: one.parts, discontinuity, initNumber, gap },
        sizeBytes: sum((next) => next.sizeBytes),
        programDateTimeMs: Math.round(1_795_000_000_000 + startTicks / 90),
        keyframeBytes: one.begins && !gap ? Math.ceil((one.parts[0]?.sizeBytes ?? 1) / 2) : 0,
      });
      startTicks += durationTicks;
    }
    const last = segments.at(-1) as Segment;
    const isOpen = end === 'open' && segments.length > 1 && !last.gap;
    const { gap: _, sizeBytes: __, durationTicks: ___, ...open } = last;
    return {
      ...{ timescale, targetDurationS, partTargetS: partTargetTicks / timescale, discontinuitySequence },
      segments: isOpen ? segments.slice(0, -1) : segments,
      open: isOpen ? (open satisfies OpenSegment) : null,
      nextMsn: last.msn + 1,
      ended: end === 'ended',
      whole: trimmed === 0,
    };
  });
