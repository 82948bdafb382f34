import { importLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { importerLimits } from '#shared/limits/store.ts';
import type { ImportState, ImportWait } from '#shared/model/import.ts';
import { isMade, isUnderWay } from './import-rows.ts';
import { isShutOut } from './wire-keys.ts';

/** How many origins could take on a file, as far as the catalogue knows: each kind is among the one before. */
export interface Takers {
  /** Heard of a moment ago, with a key that holds. */
  readonly living: number;
  /** That do not drain. */
  readonly open: number;
  /** That broadcasts leave room. */
  readonly roomy: number;
  /** That make no other replay. */
  readonly idle: number;
}

/** A statement for {@link Takers}, one row. */
export function selectTakers(db: D1Database, nowMs: number): D1PreparedStatement {
  const roomy = 'o.draining = 0 AND o.load <= ?2';
  const isAtOne = `EXISTS (SELECT 1 FROM imports WHERE ${isUnderWay} AND ${isMade} AND origin = o.id AND updated_ms >= ?3)`;
  return db
    .prepare(
      `SELECT COUNT(*) AS living, COUNT(CASE WHEN o.draining = 0 THEN 1 END) AS open,
         COUNT(CASE WHEN ${roomy} THEN 1 END) AS roomy, COUNT(CASE WHEN ${roomy} AND NOT ${isAtOne} THEN 1 END) AS idle
       FROM origins o WHERE o.seen_ms >= ?1 AND NOT ${isShutOut('o')}`,
    )
    .bind(nowMs - broadcastLimits.originDeadMsMin, importerLimits.loadMax, nowMs - importLimits.silentMs);
}

/** What an import is at, and since when it was not heard of. */
export interface ImportSigns {
  readonly state: ImportState;
  readonly updatedMs: number;
}

/** Why an import that an origin may claim was not claimed yet; null for one that none may. */
export function waitOf({ state, updatedMs }: ImportSigns, takers: Takers, nowMs: number): ImportWait | null {
  const isLost = (state === 'encoding' || state === 'uploading') && nowMs - updatedMs > importLimits.silentMs;
  if (state !== 'queued' && !isLost) return null;
  if (takers.living === 0) return 'no_origin';
  if (takers.open === 0) return 'origins_drain';
  if (takers.roomy === 0) return 'origins_busy';
  if (takers.idle === 0) return 'origins_import';
  const waitsMs = nowMs - updatedMs - (isLost ? importLimits.silentMs : 0);
  return waitsMs > importLimits.takenWithinMs ? 'not_taken' : 'soon';
}
