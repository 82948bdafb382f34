import type { HlsRendition, MediaObject, Observation, Probe, ProbeName, Snapshot } from '../observe/observation.ts';

/** Probes of one name. */
export function probesOf({ probes }: Pick<Observation, 'probes'>, ...names: readonly ProbeName[]): Probe[] {
  return probes.filter(({ name }) => names.includes(name));
}

/** Neighbouring versions of a playlist. */
export function versionPairs({ snapshots }: Pick<HlsRendition, 'snapshots'>): [Snapshot, Snapshot][] {
  return snapshots.slice(1).flatMap((later, index): [Snapshot, Snapshot][] => {
    const earlier = snapshots[index];
    return earlier ? [[earlier, later]] : [];
  });
}

/** Whether an answer carried what was asked for. */
export function isServed({ exchange }: Pick<MediaObject, 'exchange'>): boolean {
  return exchange.status === 200 || exchange.status === 206;
}

/** Everything fetched of all renditions. */
export function allObjects(observation: Observation): MediaObject[] {
  if (observation.kind === 'dash') return [...observation.objects];
  return observation.renditions.flatMap(({ objects }) => [...objects.values()]);
}
