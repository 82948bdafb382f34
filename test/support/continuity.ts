import type { CrowdViewer } from './crowd.ts';
import { numbersOf } from './hls-edge.ts';

/**
 * What is wrong with what viewers got: a hole, a step back, one that was not there at the end.
 * @param partsOf number of parts of a segment
 */
export function holesOf(
  viewers: readonly CrowdViewer[],
  lastMsn: number,
  partsOf: (msn: number) => number,
): readonly string[] {
  return viewers.flatMap(({ kind, got }) => {
    const last = got.at(-1) ?? '';
    const early = numbersOf(last).msn === lastMsn ? [] : [`${kind} ended at ${last}`];
    const steps = got.slice(1).map((file, index) => [got[index] ?? '', file] as const);
    const wrong = steps.filter(([before, after]) => !follows(before, after, partsOf));
    return [...early, ...wrong.map(([before, after]) => `${kind}: ${after} after ${before}`)];
  });
}

function follows(before: string, after: string, partsOf: (msn: number) => number): boolean {
  const [a, b] = [numbersOf(before), numbersOf(after)];
  // Whoever fell behind the parts goes on with the whole of the segment that he is in.
  if (a.part >= 0 && b.part < 0 && b.msn === a.msn) return true;
  if (a.part < 0 || a.part === partsOf(a.msn) - 1) return b.msn === a.msn + 1 && b.part <= 0;
  return b.msn === a.msn && b.part === a.part + 1;
}
