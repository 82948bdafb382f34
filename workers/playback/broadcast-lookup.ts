import { tokenLimits } from '#shared/limits/access.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { BroadcastState, Visibility } from '#shared/model/broadcast.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import type { Found } from './catalogue-lookup.ts';

/** What the gate needs to know of a broadcast. */
export interface ResolvedBroadcast {
  readonly channel: string;
  readonly visibility: Visibility;
  /** Sites that its channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly state: BroadcastState;
  readonly endedMs: number | null;
  /** It was deleted, and no clip keeps any of it. */
  readonly isGone: boolean;
}

/** The catalogue's answer, or null when there is no such broadcast; main injects it. */
export type ResolveBroadcast = (db: D1Database, broadcast: string) => Promise<ResolvedBroadcast | null>;

type Held = Found<ResolvedBroadcast | null>;

const held = new ByteLru<Held>(edgeLimits.resolveEntriesMax, edgeLimits.resolveEntriesMax);
const flights = new SingleFlight<Held>();

/**
 * A broadcast that was looked up in this isolate lately, without any waiting; undefined: look it up. One that is no longer
 * fresh is read again behind this request.
 */
export function knownBroadcast(
  broadcast: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveBroadcast,
): ResolvedBroadcast | undefined {
  const known = held.get(broadcast);
  if (!known?.value) return undefined;
  const ageMs = Date.now() - known.atMs;
  if (ageMs > tokenLimits.visibilityStaleMsMax) return undefined;
  if (ageMs > tokenLimits.visibilityTtlMs) ctx.waitUntil(look(broadcast, db, ctx, resolve).catch(() => {}));
  return known.value;
}

/**
 * Looks a broadcast up. While the catalogue is away what is known goes on: nobody can have changed it.
 * @throws what the catalogue threw, when nothing is remembered
 */
export async function lookUpBroadcast(
  broadcast: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveBroadcast,
): Promise<ResolvedBroadcast | null> {
  return (await findBroadcast(broadcast, db, ctx, resolve)).value;
}

/** As {@link lookUpBroadcast}, and when the catalogue said so: any time ago. */
export async function findBroadcast(
  broadcast: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveBroadcast,
): Promise<Found<ResolvedBroadcast | null>> {
  try {
    return await look(broadcast, db, ctx, resolve);
  } catch (error) {
    const known = held.get(broadcast);
    if (known?.value) return known;
    throw error;
  }
}

async function look(
  broadcast: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveBroadcast,
): Promise<Held> {
  const work = async () => {
    const found = { value: await resolve(db, broadcast), atMs: Date.now() };
    if (found.value) held.set(broadcast, found, 1);
    else held.delete(broadcast);
    return found;
  };
  return (await flights.run(broadcast, edgeLimits.resolveMsMax, work, (shared) => ctx.waitUntil(shared))).value;
}
