import { deskLimits } from '#shared/limits/access.ts';

interface Uses {
  readonly count: number;
  readonly lastMs: number;
}

/** Uses of links that may be used any number of times: noted in the isolate, added up in the catalogue. An isolate that ends may take its last seconds along. */
export class LinkUses {
  #noted = new Map<string, Uses>();
  #flushedMs = Number.NEGATIVE_INFINITY;

  note(db: D1Database, id: string, nowMs: number, waitUntil: (work: Promise<unknown>) => void): void {
    this.#add(id, { count: 1, lastMs: nowMs });
    this.flushSoon(db, nowMs, waitUntil);
  }

  /** Stores what was noted, unless that was done a moment ago. */
  flushSoon(db: D1Database, nowMs: number, waitUntil: (work: Promise<unknown>) => void): void {
    if (this.#noted.size === 0 || nowMs - this.#flushedMs < deskLimits.usesFlushMs) return;
    this.#flushedMs = nowMs;
    waitUntil(this.#flush(db));
  }

  async #flush(db: D1Database): Promise<void> {
    const noted = this.#noted;
    this.#noted = new Map();
    const rows = [...noted].map(([id, { count, lastMs }]) => ({ id, count, lastMs }));
    try {
      await db
        .prepare(
          `UPDATE links SET uses = uses + n.count, last_use_ms = MAX(COALESCE(last_use_ms, 0), n.lastMs)
           FROM (SELECT value ->> 'id' AS id, value ->> 'count' AS count, value ->> 'lastMs' AS lastMs FROM json_each(?1)) AS n
           WHERE links.id = n.id`,
        )
        .bind(JSON.stringify(rows))
        .run();
    } catch (error) {
      for (const [id, uses] of noted) this.#add(id, uses);
      console.warn(JSON.stringify({ event: 'link_uses_not_stored', error: String(error) }));
    }
  }

  #add(id: string, { count, lastMs }: Uses): void {
    const known = this.#noted.get(id);
    if (!known && this.#noted.size >= deskLimits.usesRememberedMax) return;
    this.#noted.set(id, { count: (known?.count ?? 0) + count, lastMs: Math.max(known?.lastMs ?? 0, lastMs) });
  }
}
