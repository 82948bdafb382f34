import { controlLimits } from '#shared/limits/control.ts';
import { wireLimits } from '#shared/limits/edge.ts';
import type { ValidSignature } from '#shared/wire/signature.ts';

/** Remembers an accepted signature for as long as its time lets it be sent; false when it was there already. */
export async function noteSignature(db: D1Database, { mac }: ValidSignature, nowMs: number): Promise<boolean> {
  // The clock of the sender may be ahead, and so may its signature's end.
  const untilMs = nowMs + 2 * wireLimits.clockSkewMsMax;
  const [, inserted] = await db.batch([
    db
      .prepare(
        `DELETE FROM seen_signatures WHERE signature IN
           (SELECT signature FROM seen_signatures WHERE until_ms < ?1 LIMIT ?2)`,
      )
      .bind(nowMs, controlLimits.seenSignaturesPurgedMax),
    db
      .prepare('INSERT INTO seen_signatures (signature, until_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING')
      .bind(mac, untilMs),
  ]);
  return (inserted?.meta.changes ?? 0) > 0;
}
