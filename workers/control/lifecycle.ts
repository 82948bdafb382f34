import { controlLimits } from '#shared/limits/control.ts';
import { objectKey } from '#shared/model/object-name.ts';
import { clipCount } from './clip-ranges.ts';
import type { LifecycleRule } from './contract/replays.ts';

const dayMs = 86_400_000;

const always: readonly LifecycleRule[] = [
  {
    ID: 'incomplete-uploads',
    Status: 'Enabled',
    Filter: { Prefix: 'b/' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  },
  { ID: 'live-parts', Status: 'Enabled', Filter: { Prefix: 'parts/' }, Expiration: { Days: 1 } },
];

/**
 * Rules that remove replays of channels with `keep: days` also when no Worker does: one for each replay without clips that
 * is to go by `nowMs` and `controlLimits.lifecycleAheadMs`. A bucket's rules know dates and prefixes and nothing of channels
 * and clips, so none is made for a replay that somebody may clip or keep before it goes. Beside them, since they take the
 * place of all others in the bucket: uploads that were begun and never ended, and live parts that a killed origin left.
 */
export async function lifecycleRules(
  db: D1Database,
  nowMs: number,
): Promise<{ readonly Rules: readonly LifecycleRule[] }> {
  const { results } = await db
    .prepare(
      `SELECT b.id, b.ended_ms + c.keep_days * ${dayMs} AS goesMs FROM broadcasts b JOIN channels c ON c.id = b.channel
       WHERE b.state = 'ended' AND b.deleted_ms IS NULL AND c.keep_days IS NOT NULL AND ${clipCount('b.id')} = 0 AND goesMs <= ?2
       ORDER BY goesMs, b.id LIMIT ?1`,
    )
    .bind(controlLimits.lifecycleRulesMax - always.length, nowMs + controlLimits.lifecycleAheadMs)
    .all<{ id: string; goesMs: number }>();
  const rules = results.map(({ id, goesMs }): LifecycleRule => {
    // A rule's date is midnight UTC, and it must not be early.
    const midnight = new Date(Math.ceil(goesMs / dayMs) * dayMs).toISOString();
    return { ID: id, Status: 'Enabled', Filter: { Prefix: objectKey(id, '') }, Expiration: { Date: midnight } };
  });
  return { Rules: [...always, ...rules] };
}
