import type { Mpd } from '../dash/model.ts';
import type { DashObject, DashObservation } from '../observe/observation.ts';

/** Where the periods of representations end, by `Representation.key`. */
export interface PeriodEnds {
  /** Media time, seconds, as the newest version tells it that has the period; null where none does. */
  readonly endS: ReadonlyMap<string, number | null>;
  /** The last segments of the newest version while it is dynamic: their periods may still end inside them. */
  readonly newest: ReadonlySet<string>;
  /** The last segments of periods that are over, by their URLs. */
  readonly last: ReadonlySet<string>;
}

/** Media times of period ends: when a presentation becomes static its periods may move, media times do not. */
export function periodEnds({ snapshots }: DashObservation): PeriodEnds {
  const endS = new Map<string, number | null>();
  const last = new Set<string>();
  for (const { key, periodStartS, periodEndS, presentationTimeOffsetTicks, timescale, segments } of snapshots.flatMap(
    ({ mpd }) => mpd.representations,
  )) {
    const mediaS = presentationTimeOffsetTicks / timescale - periodStartS;
    endS.set(key, periodEndS === null ? null : mediaS + periodEndS);
    const url = segments.at(-1)?.url;
    if (periodEndS !== null && url) last.add(url);
  }
  const mpd = snapshots.at(-1)?.mpd;
  const newest = mpd?.dynamic ? mpd.representations.flatMap(({ segments }) => segments.at(-1)?.url ?? []) : [];
  return { endS, newest: new Set(newest), last };
}

/**
 * Seconds of media that a segment has to have: what the timeline says of it, but not what lies beyond the end of its
 * period (players clip there, so that a period can end early without a listed segment changing).
 */
export function dueS({ url, representation, startTicks, durationTicks }: DashObject, ends: PeriodEnds): number {
  const { key, timescale } = representation;
  const endS = ends.endS.get(key) ?? null;
  if (endS === null) return ends.newest.has(url) ? 0 : durationTicks / timescale;
  return Math.min(durationTicks / timescale, Math.max(0, endS - startTicks / timescale));
}

/** The last period has an end: nothing more comes of it, and another one may follow (5.3.2.1). */
export function isOver({ representations }: Mpd): boolean {
  return representations.at(-1)?.periodEndS != null;
}
