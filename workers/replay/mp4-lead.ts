import type { Sample } from './mp4-fragment.ts';

/**
 * How many pictures of a segment must be decoded before the one that is shown at a time, and are not shown themselves.
 * @param startTicks in the segment's own time
 */
export function leadOf(samples: readonly Sample[], startTicks: number): number {
  return samples.filter((sample) => shownTo(samples, sample) <= startTicks).length;
}

/**
 * The samples of the first segment on the file's time line. Nothing is encoded again, so the file begins with the keyframe
 * before its start: what only serves decoding is over one tick after the other, and the picture that holds the start is
 * shown from there on. That is exact in every player, also in those that pass over edit lists.
 * @param lead of {@link leadOf}
 * @param shiftTicks taken from the segment's times
 */
export function placeLead(samples: readonly Sample[], lead: number, shiftTicks: number): readonly Sample[] {
  const shownAt = samples.map((sample) => sample.decodeTicks + sample.compositionTicks);
  const order = [...shownAt].sort((a, b) => a - b);
  const moved = samples.map((_, i) => {
    const rank = order.indexOf(shownAt[i] ?? 0);
    return rank < lead ? rank : Math.max(lead, (shownAt[i] ?? 0) - shiftTicks);
  });
  const decodeTicks: number[] = [];
  for (const [i, sample] of samples.entries()) {
    const before = decodeTicks[i - 1];
    decodeTicks.push(Math.max(before === undefined ? 0 : before + 1, sample.decodeTicks - shiftTicks));
  }
  const last = samples[samples.length - 1];
  const endTicks = last ? last.decodeTicks + last.durationTicks - shiftTicks : 0;
  return samples.map((sample, i): Sample => {
    const at = decodeTicks[i] ?? 0;
    const durationTicks = Math.max(1, (decodeTicks[i + 1] ?? endTicks) - at);
    return { ...sample, decodeTicks: at, durationTicks, compositionTicks: (moved[i] ?? 0) - at };
  });
}

/** Sound from its first sample that begins in the file; each decodes by itself. */
export function placeSound(samples: readonly Sample[], shiftTicks: number): readonly Sample[] {
  return samples
    .map((sample) => ({ ...sample, decodeTicks: sample.decodeTicks - shiftTicks }))
    .filter(({ decodeTicks }) => decodeTicks >= 0);
}

/** Without what lies behind the last sample, in decode order, that is shown before a time of the segment's own. */
export function cutTail(samples: readonly Sample[], untilTicks: number | null): readonly Sample[] {
  if (untilTicks === null) return samples;
  const last = samples.findLastIndex(({ decodeTicks, compositionTicks }) => {
    return decodeTicks + compositionTicks < untilTicks;
  });
  return samples.slice(0, last + 1);
}

function shownTo(samples: readonly Sample[], { decodeTicks, compositionTicks, durationTicks }: Sample): number {
  const at = decodeTicks + compositionTicks;
  const following = samples.map((one) => one.decodeTicks + one.compositionTicks).filter((ticks) => ticks > at);
  return following.length === 0 ? at + durationTicks : Math.min(...following);
}
