import { edgeLimits } from '#shared/limits/edge.ts';
import { type BroadcastLocation, originsOf } from '../control/directory.ts';
import type { OriginKeyName } from '../control/wire-keys.ts';
import { mayAsk } from './health.ts';

/** Where the broadcast of a shield is held, as the catalogue last told. */
export class Locations {
  readonly #db: D1Database;
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

  /** The key that an origin has of its own, as was known a moment ago; null: it knows the deployment's. */
  keyOf(originUrl: string): OriginKeyName | null {
    return this.#held?.location.originKeys?.[originUrl] ?? null;
  }

  /** Asks the catalogue the next time: an origin did not answer, so it may have moved. */
  doubt(): void {
    this.#held &&= { ...this.#held, atMs: 0 };
  }

  /** Whether a publisher at another origin waits to go on with the broadcast, as was known a moment ago. */
  async awaitsHeir(broadcast: string): Promise<boolean> {
    if (this.#held && Date.now() - this.#held.atMs >= edgeLimits.heirLookMs) this.doubt();
    return (await this.find(broadcast))?.hasBackup === true;
  }

  /** The one that makes the broadcast now, when that is another one than the origin that says that it is over. */
  async moved(from: string, broadcast: string): Promise<string | null> {
    const held = this.#held;
    if (held && Date.now() - held.atMs > edgeLimits.resolveTtlMs) this.doubt();
    const [first] = (await this.find(broadcast))?.originUrls ?? [];
    return first !== undefined && first !== from && mayAsk(first) ? first : null;
  }

  /** The first origin that may be asked now; when all that are known are left alone, where else the broadcast is by now. */
  async healthy(known: BroadcastLocation, broadcast: string): Promise<string | null> {
    const first = known.originUrls.find(mayAsk);
    if (first !== undefined) return first;
    this.doubt();
    const now = await this.find(broadcast);
    return now?.originUrls.find((url) => !known.originUrls.includes(url) && mayAsk(url)) ?? null;
  }

  /** Another origin that holds the broadcast and may be asked now. */
  async other(than: string, broadcast: string): Promise<string | null> {
    const now = await this.find(broadcast);
    return now?.originUrls.find((url) => url !== than && mayAsk(url)) ?? null;
  }
}
