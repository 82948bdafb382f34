import { broadcastLimits } from '#shared/limits/origin.ts';
import type { IngestEndpoint } from '#shared/wire/control.ts';
import { isOriginDead } from './liveness.ts';

/** An origin as a place to publish to. */
export interface IngestCandidate extends IngestEndpoint {
  readonly origin: string;
  /** 0 to 1 */
  readonly load: number;
  /** Open broadcasts. */
  readonly held: number;
  readonly draining: boolean;
  /** ms since the Unix epoch */
  readonly seenMs: number;
}

/** A point on the Earth, degrees. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/** A candidate and how far it is from the streamer; null where either place is not known. */
export interface RankedIngest {
  readonly ingest: IngestCandidate;
  readonly distanceKm: number | null;
}

/** Where a place is not known: as if half an ocean away, so that a near one is preferred and a far one is not. */
const unknownKm = 5_000;
/** What an origin that works at its limit costs, as distance: OBS would rather cross a continent than lose frames. */
const overloadKm = 4_000;
const busyLoad = 0.7;

/**
 * Endpoints that may be published to, the best first: by distance, with busy ones moved away, full ones at the end. Dead and
 * draining ones are left out.
 * @param from the streamer's place, null when it is not known
 */
export function rankIngests(
  candidates: readonly IngestCandidate[],
  from: Coordinates | null,
  nowMs: number,
): readonly RankedIngest[] {
  const open = candidates.filter(({ seenMs, draining }) => !draining && !isOriginDead(seenMs, nowMs));
  const ranked = open.map((ingest) => {
    const distanceKm = from && ingest.place && greatCircleKm(from, ingest.place);
    const busy = Math.max(0, ingest.load - busyLoad) / (1 - busyLoad);
    return { ingest, distanceKm, cost: (distanceKm ?? unknownKm) + busy * overloadKm };
  });
  ranked.sort((a, b) => {
    const byRoom = Number(isFull(a.ingest)) - Number(isFull(b.ingest));
    return byRoom || a.cost - b.cost || (a.ingest.origin < b.ingest.origin ? -1 : 1);
  });
  return ranked.map(({ ingest, distanceKm }) => ({ ingest, distanceKm }));
}

/** It takes nobody in at this moment, and may again in the next. */
export function isFull({ load, held }: IngestCandidate): boolean {
  return load >= 1 || held >= broadcastLimits.broadcastsMax;
}

const earthRadiusKm = 6_371;

/** The haversine formula: a streamer and a server may be neighbours or antipodes. */
export function greatCircleKm(a: Coordinates, b: Coordinates): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2;
  const latitudes = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
  const chord = half(b.latitude - a.latitude) + latitudes * half(b.longitude - a.longitude);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}
