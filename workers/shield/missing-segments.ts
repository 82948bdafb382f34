import { edgeLimits } from '#shared/limits/edge.ts';
import { missingOf, noteMissing, type RecordedSegment } from '../control/missing-segments.ts';

/** Segments of one replay that its record names and that were not found lately, as all regions together know them. */
export class MissingSegments {
  readonly #db: D1Database;
  #held: { readonly broadcast: string; readonly names: ReadonlySet<string>; readonly atMs: number } | null = null;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Their names, `v360/12`: the same set until something changes. A catalogue that is away changes nothing. */
  async of(broadcast: string): Promise<ReadonlySet<string>> {
    const held = this.#held?.broadcast === broadcast ? this.#held : null;
    if (held && Date.now() - held.atMs <= edgeLimits.missingLookMs) return held.names;
    const found = await missingOf(this.#db, broadcast, Date.now()).catch(() => null);
    const names = new Set(found?.map(({ rendition, msn }) => missingName(rendition, msn)));
    const isKnown = held && (found === null || isSame(held.names, names));
    this.#held = { broadcast, names: isKnown ? held.names : names, atMs: Date.now() };
    return this.#held.names;
  }

  /** Remembers one, for the others too. */
  async add(segment: RecordedSegment): Promise<void> {
    const known = await this.of(segment.broadcast);
    const names = new Set([...known, missingName(segment.rendition, segment.msn)]);
    this.#held = { broadcast: segment.broadcast, names, atMs: Date.now() };
    console.warn(JSON.stringify({ event: 'segment_missing', ...segment }));
    await noteMissing(this.#db, segment, Date.now()).catch((error) => {
      console.error(JSON.stringify({ event: 'segment_missing_unnoted', ...segment, error: String(error) }));
    });
  }
}

/** How a missing segment is called. */
export function missingName(rendition: string, msn: number): string {
  return `${rendition}/${msn}`;
}

/** Whether two sets name the same segments. */
export function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a === b || (a.size === b.size && [...a].every((name) => b.has(name)));
}
