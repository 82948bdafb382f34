/** A stretch of a broadcast that somebody made a clip of, ms since the Unix epoch. */
export interface ClipRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** What clips need of a broadcast. Throws when the catalogue does not answer. */
export async function clipRanges(db: D1Database, broadcast: string): Promise<readonly ClipRange[]> {
  const { results } = await db
    .prepare('SELECT start_ms AS startMs, end_ms AS endMs FROM clips WHERE broadcast = ?1')
    .bind(broadcast)
    .all<ClipRange>();
  return results;
}

/** SQL for the number of clips of the broadcast `column`. */
export function clipCount(column: 'b.id' | 'd.broadcast'): string {
  return `(SELECT COUNT(*) FROM clips WHERE broadcast = ${column})`;
}
