import { edgeLimits } from '#shared/limits/edge.ts';
import { type BroadcastLocation, type OriginAddress, originsOf } from '../control/directory.ts';
import { mayAsk } from './health.ts';

/** Where the broadcast of a shield is held, as the catalogue last told. */
export class Locations {
  readonly #db: D1Database;
  #keyDoubtedMs = 0;
  #held: { readonly broadcast: string; readonly location: BroadcastLocation; readonly atMs: number } | null = null;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Asks the catalogue at most once in a while; null: there is no such broadcast, or nobody ever held it. */
  async find(broadcast: string): Promise<BroadcastLocation | null> {
    const held = this.#held;
    if (held?.broadcast === broadcast && Date.now() - held.atMs <= edgeLimits.originTtlMs) return held.location;
    try {
      const location = await originsOf(this.#db, broadcast, Date.now());
      this.#held = location && { broadcast, location, atMs: Date.now() };
      return location;
    } catch (error) {
      if (held?.broadcast !== broadcast) throw error;
      return held.location; // the catalogue is away: the origins are most likely where they were
    }
  }

  /** Asks the catalogue the next time: an origin did not answer, so it may have moved. */
  doubt(): void {
    this.#held &&= { ...this.#held, atMs: 0 };
  }

  /**
   * The same origin with the key that it has by now, where that is another one than it was just asked with. A shield asks the
   * catalogue for that at most once in a while: the keys of the two may differ for good.
   */
  async rekeyed({ url, key }: OriginAddress, broadcast: string): Promise<OriginAddress | null> {
    if (Date.now() - this.#keyDoubtedMs >= edgeLimits.keyDoubtMsMin) {
      this.#keyDoubtedMs = Date.now();
      this.doubt();
    }
    const now = await this.find(broadcast);
    return now?.origins.find((one) => one.url === url && one.key?.kid !== key?.kid) ?? null;
  }

  /** Whether a publisher at another origin waits to go on with the broadcast, as was known a moment ago. */
  async awaitsHeir(broadcast: string): Promise<boolean> {
    if (this.#held && Date.now() - this.#held.atMs >= edgeLimits.heirLookMs) this.doubt();
    return (await this.find(broadcast))?.hasBackup === true;
  }

  /** The one that makes the broadcast now, when that is another one than the origin that says that it is over. */
  async moved(from: OriginAddress, broadcast: string): Promise<OriginAddress | null> {
    const held = this.#held;
    if (held && Date.now() - held.atMs > edgeLimits.resolveTtlMs) this.doubt();
    const [first] = (await this.find(broadcast))?.origins ?? [];
    return first !== undefined && first.url !== from.url && mayAsk(first.url) ? first : null;
  }

  /** The first origin that may be asked now; when all that are known are left alone, where else the broadcast is by now. */
  async healthy(known: BroadcastLocation, broadcast: string): Promise<OriginAddress | null> {
    const first = known.origins.find(({ url }) => mayAsk(url));
    if (first !== undefined) return first;
    this.doubt();
    const now = await this.find(broadcast);
    const isNew = (url: string) => known.origins.every((one) => one.url !== url);
    return now?.origins.find(({ url }) => isNew(url) && mayAsk(url)) ?? null;
  }

  /** Another origin that holds the broadcast and may be asked now. */
  async other(than: OriginAddress, broadcast: string): Promise<OriginAddress | null> {
    const now = await this.find(broadcast);
    return now?.origins.find(({ url }) => url !== than.url && mayAsk(url)) ?? null;
  }
}
