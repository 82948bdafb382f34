/** A stretch of a broadcast that somebody made a clip of, ms since the Unix epoch. */
export interface ClipRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** What clips need of a broadcast; a catalogue without clips needs nothing. Throws when the catalogue does not answer. */
export async function clipRanges(db: D1Database, broadcast: string): Promise<readonly ClipRange[]> {
  if (!(await hasClips(db))) return [];
  const { results } = await db
    .prepare('SELECT start_ms AS startMs, end_ms AS endMs FROM clips WHERE broadcast = ?1')
    .bind(broadcast)
    .all<ClipRange>();
  return results;
}

/** SQL for the number of clips of the broadcast `column`. */
export async function clipCount(db: D1Database, column: 'b.id' | 'd.broadcast'): Promise<string> {
  return (await hasClips(db)) ? `(SELECT COUNT(*) FROM clips WHERE broadcast = ${column})` : '0';
}

async function hasClips(db: D1Database): Promise<boolean> {
  const row = await db.prepare("SELECT 1 AS yes FROM sqlite_master WHERE type = 'table' AND name = 'clips'").first();
  return row !== null;
}
