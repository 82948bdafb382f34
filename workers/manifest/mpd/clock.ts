import { ancestorOf, attributeOf, type Element } from './elements.ts';
import type { MpdTemplate } from './template.ts';
import { type PeriodTime, type Track, ticksToMs } from './tracks.ts';

/** A period of a finished presentation: its place on the presentation timeline and on the clock, ms. */
interface ClockedPeriod {
  readonly startMs: number;
  readonly toMs: number;
  readonly wallMs: number | null;
}

/** Wall clock at the start of a period, ms since the Unix epoch, as its ProducerReferenceTime tells it; else null. */
export function periodWallMs({ text, elements }: MpdTemplate, { period }: PeriodTime, tracks: readonly Track[]) {
  for (const element of elements) {
    if (element.name !== 'ProducerReferenceTime' || ancestorOf(element, 'Period') !== period) continue;
    const track = tracks.find((one) => owner(one.element) === owner(element)) ?? tracks[0];
    const wallMs = Date.parse(attributeOf(text, element, 'wallClockTime') ?? '');
    const ticks = attributeOf(text, element, 'presentationTime') ?? '';
    if (track && !Number.isNaN(wallMs) && /^\d{1,20}$/.test(ticks)) return wallMs - ticksToMs(track, BigInt(ticks));
  }
  return null;
}

function owner(element: Element): Element | null {
  return ancestorOf(element, 'Representation') ?? ancestorOf(element, 'AdaptationSet');
}

/**
 * What is on the presentation timeline at a moment of the clock: a finished presentation leaves out the breaks between its
 * periods, the clock does not. A moment in a break is where the period before it ends; one after the last period stays after
 * it. Null: not every period tells its time.
 */
export function presentationTimeAt(periods: readonly ClockedPeriod[], clockMs: number): number | null {
  const [first] = periods;
  if (!first || periods.some(({ wallMs }) => wallMs === null)) return null;
  const at = periods.findLast(({ wallMs }) => (wallMs ?? 0) <= clockMs) ?? first;
  const timeMs = at.startMs + clockMs - (at.wallMs ?? 0);
  return at === periods.at(-1) ? timeMs : Math.min(timeMs, at.toMs);
}
