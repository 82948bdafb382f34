import { edgeLimits } from '#shared/limits.ts';
import type { ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { SingleFlight } from '../cache/single-flight.ts';

/** What playback needs to know of a channel. */
interface ResolvedChannel {
  readonly visibility: Visibility;
  readonly state: ChannelState;
  readonly broadcast: string | null;
  /** Address of a foreign HLS or DASH manifest that the channel plays instead of a broadcast. */
  readonly sourceUrl: string | null;
}

/** The catalogue's answer, or null when there is no such channel; main injects it. */
export type ResolveChannel = (db: D1Database, channel: string, nowMs: number) => Promise<ResolvedChannel | null>;

interface Held {
  readonly resolved: ResolvedChannel | null;
  readonly atMs: number;
}

const held = new ByteLru<Held>(edgeLimits.resolveEntriesMax, edgeLimits.resolveEntriesMax);
const flights = new SingleFlight<Held>();

/**
 * Looks a channel up, at most once a second in this isolate; a while longer from memory when the catalogue is away.
 * @throws what the catalogue threw, when nothing is remembered
 */
export async function lookUpChannel(
  channel: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveChannel,
): Promise<ResolvedChannel | null> {
  const known = held.get(channel);
  if (known && Date.now() - known.atMs <= edgeLimits.resolveTtlMs) return known.resolved;
  const work = async () => {
    const found = { resolved: await resolve(db, channel, Date.now()), atMs: Date.now() };
    held.set(channel, found, 1);
    return found;
  };
  try {
    const landing = await flights.run(channel, edgeLimits.resolveMsMax, work, (shared) => ctx.waitUntil(shared));
    return landing.value.resolved;
  } catch (error) {
    if (known && Date.now() - known.atMs <= edgeLimits.resolveStaleMsMax) return known.resolved;
    throw error;
  }
}
