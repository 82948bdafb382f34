import type { HlsObservation, HlsRendition, Probe } from '../observe/observation.ts';
import { at, type Evidence, secondsSeen } from './check.ts';
import { probesOf } from './seen.ts';

/** When a date range was listed, ms since the Unix epoch. */
interface Sighting {
  readonly firstMs: number;
  readonly lastMs: number;
  /** When the last version that has it was asked for. */
  readonly lastAskedMs: number;
  /** When a version without it came; null: it is still there. */
  readonly goneMs: number | null;
}

/** Part of rule 12: what delta updates leave out of date ranges, and say of it (rfc8216bis 6.2.5.1). */
export function judgeDateRanges(seen: HlsObservation, evidence: Evidence): void {
  for (const probe of probesOf(seen, 'skip')) {
    const { exchange, playlist, before } = probe;
    const rendition = seen.renditions.find(({ url }) => exchange.url.startsWith(url.split('?', 1)[0] ?? ''));
    if (!playlist?.skipped || !before?.control || !rendition) continue;
    const sightings = sightingsOf(rendition);
    const isV2 = new URL(exchange.url).searchParams.get('_HLS_skip') === 'v2';
    if (isV2 && before.control.canSkipDateRanges) judgeV2(probe, sightings, evidence);
    else judgeKept(probe, sightings, evidence);
  }
}

function sightingsOf({ snapshots }: HlsRendition): ReadonlyMap<string, Sighting> {
  const found = new Map<string, Sighting>();
  for (const { playlist, exchange } of snapshots) {
    const atMs = exchange.endedAtMs;
    const lastAskedMs = exchange.requestedAtMs;
    const listed = new Set(playlist.dateRanges.map(({ id }) => id));
    for (const id of listed) {
      found.set(id, { firstMs: found.get(id)?.firstMs ?? atMs, lastMs: atMs, lastAskedMs, goneMs: null });
    }
    for (const [id, sighting] of found) {
      if (!listed.has(id) && sighting.goneMs === null) found.set(id, { ...sighting, goneMs: atMs });
    }
  }
  return found;
}

/** `v2` has none that came before the skip boundary, and names those that left since. */
function judgeV2({ exchange, playlist, before }: Probe, sightings: ReadonlyMap<string, Sighting>, evidence: Evidence) {
  const { line = 0, removedDateRanges = null } = playlist?.skipped ?? {};
  evidence.look();
  if (removedDateRanges === null) evidence.must(at(exchange, line), 'EXT-X-SKIP without RECENTLY-REMOVED-DATERANGES');
  const sinceMs = exchange.requestedAtMs - 1_000 * (before?.control?.canSkipUntilS ?? 0);
  const listed = new Map(playlist?.dateRanges.map((range) => [range.id, range.line]));
  for (const [id, { firstMs, lastMs, goneMs }] of sightings) {
    const isGone = goneMs !== null && goneMs <= exchange.requestedAtMs && !listed.has(id);
    if (isGone && lastMs > sinceMs && removedDateRanges && !removedDateRanges.includes(id)) {
      evidence.must(at(exchange, line), `date range ${id} has left, and is not in RECENTLY-REMOVED-DATERANGES`);
    }
    const ageS = (exchange.requestedAtMs - firstMs) / 1000;
    if (firstMs < sinceMs && listed.has(id))
      evidence.must(at(exchange, listed.get(id)), `date range ${id} was added ${secondsSeen(ageS)} before`);
  }
}

/** Every other delta update has all of them. */
function judgeKept(
  { exchange, playlist, before }: Probe,
  sightings: ReadonlyMap<string, Sighting>,
  evidence: Evidence,
) {
  for (const { id } of before?.dateRanges ?? []) {
    if ((sightings.get(id)?.lastAskedMs ?? 0) < exchange.endedAtMs) continue; // it may have left by then
    evidence.look();
    if (!playlist?.dateRanges.some((range) => range.id === id))
      evidence.must(at(exchange), `date range ${id} is missing, only segments were to be skipped`);
  }
}
