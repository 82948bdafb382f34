import type { Visibility } from '#shared/model/broadcast.ts';
import { CatalogueLookup, type Found } from './catalogue-lookup.ts';

/** What playback needs to know of a clip; times in ms since the Unix epoch. */
export interface ResolvedClip {
  readonly broadcast: string;
  readonly channel: string;
  readonly title: string;
  readonly visibility: Visibility;
  /** Sites that its channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly startMs: number;
  readonly endMs: number;
}

/** The catalogue's answer, or null when there is no such clip; main injects it. */
export type ResolveClip = (db: D1Database, clip: string) => Promise<ResolvedClip | null>;

const clips = new CatalogueLookup<ResolvedClip | null>();

/**
 * Looks a clip up, at most once a second in this isolate: one that is deleted is gone within a second.
 * @throws what the catalogue threw, when nothing is remembered
 */
export async function lookUpClip(
  clip: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveClip,
): Promise<ResolvedClip | null> {
  return (await findClip(clip, db, ctx, resolve)).value;
}

/** As {@link lookUpClip}, and when the catalogue said so. */
export function findClip(
  clip: string,
  db: D1Database,
  ctx: ExecutionContext,
  resolve: ResolveClip,
): Promise<Found<ResolvedClip | null>> {
  return clips.find(clip, ctx, () => resolve(db, clip));
}
