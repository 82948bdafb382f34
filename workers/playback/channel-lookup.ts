import type { ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { CatalogueLookup, type Found } from './catalogue-lookup.ts';

/** What playback needs to know of a channel. */
interface ResolvedChannel {
  readonly visibility: Visibility;
  /** Sites that it may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly state: ChannelState;
  readonly broadcast: string | null;
  readonly endedMs: number | null;
  /** Address of a foreign HLS or DASH manifest that the channel plays instead of a broadcast. */
  readonly sourceUrl: string | null;
}

/** The catalogue's answer, or null when there is no such channel; main injects it. */
export type ResolveChannel = (db: D1Database, channel: string, nowMs: number) => Promise<ResolvedChannel | null>;

const channels = new CatalogueLookup<ResolvedChannel | null>();

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
  return (await findChannel(channel, db, ctx, resolve)).value;
}

/** As {@link lookUpChannel}, and when the catalogue said so. */
export function findChannel(
  channel: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveChannel,
): Promise<Found<ResolvedChannel | null>> {
  return channels.find(channel, ctx, () => resolve(db, channel, Date.now()));
}
