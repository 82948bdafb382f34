import type { Part } from '../hls/model.ts';
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

/** A part and where it was seen first. */
export interface SeenPart {
  readonly part: Part;
  readonly snapshot: Snapshot;
  /** Of its segment; null: not known yet. */
  isLast: boolean | null;
}

/** Every part of a rendition with the version that first listed it, once. */
export function partsOf({ snapshots }: HlsRendition): SeenPart[] {
  const found = new Map<string, SeenPart>();
  for (const snapshot of snapshots) {
    const { segments, openParts } = snapshot.playlist;
    for (const { parts } of segments) {
      for (const part of parts) {
        const isLast = part.index === parts.length - 1;
        const known = found.get(`${part.msn}.${part.index}`);
        if (known) known.isLast = isLast;
        else found.set(`${part.msn}.${part.index}`, { part, snapshot, isLast });
      }
    }
    for (const part of openParts) {
      const key = `${part.msn}.${part.index}`;
      // A part with one after it is not the last of its segment; of the newest that is not known yet.
      const isLast = part.index < openParts.length - 1 ? false : null;
      const known = found.get(key);
      if (!known) found.set(key, { part, snapshot, isLast });
      else if (known.isLast === null) known.isLast = isLast;
    }
  }
  return [...found.values()];
}
