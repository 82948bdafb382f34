import { edgeLimits } from '#shared/limits.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import type { Counters } from '../cache/counters.ts';
import { upstreamMs } from '../cache/policy.ts';
import { type BroadcastLocation, originOf } from '../control/directory.ts';
import type { Env } from '../env.ts';
import { mayAsk } from './health.ts';
import { hedged } from './hedge.ts';
import { type Attempt, lostRace, OriginFetch } from './origin-fetch.ts';

/** Where a shield gets what it does not have: an origin of ours, a foreign server, a bucket. */
export interface Source<Request extends TierRequest = TierRequest> {
  /** The object, or the reason why there is none; within the limits of `upstreamMs`. */
  answer(request: Request): Promise<Answer>;
  /** Requests that wait for an answer's headers: a Durable Object has six such connections. */
  readonly waiting: number;
}

/** An object of a broadcast. */
export type OriginRequest = TierRequest & { readonly route: BroadcastRoute };

/**
 * Fetches from the origin that holds a broadcast. The only layer that repeats a request, and it does so once: after a
 * failure, or beside an immutable object that is slow to come; and the one that leaves a dead origin alone.
 */
export class OriginSource implements Source<OriginRequest> {
  readonly #db: D1Database;
  readonly #counters: Counters;
  readonly #fetch: OriginFetch;
  /** Of the last playlist. */
  #targetDurationS: number | null = null;
  #located: { readonly broadcast: string; readonly location: BroadcastLocation; readonly atMs: number } | null = null;

  constructor({ DB, WIRE_KEYS }: Pick<Env, 'DB' | 'WIRE_KEYS'>, waitUntil: Call['waitUntil'], counters: Counters) {
    this.#db = DB;
    this.#counters = counters;
    this.#fetch = new OriginFetch(WIRE_KEYS, waitUntil, counters);
  }

  get waiting(): number {
    return this.#fetch.waiting;
  }

  async answer(request: OriginRequest): Promise<Answer> {
    const { broadcast } = request.route;
    const known = await this.#locate(broadcast);
    if (!known) return refusal('not_found', 'There is no such broadcast.', Date.now(), 'origin');
    const location = await this.#healthy(known, broadcast);
    if (!location) {
      this.#counters.add('origin_refused_by_breaker');
      return refusal('upstream_failed', 'The origin of this stream is not answering.', Date.now(), 'origin');
    }
    const race = new Race(upstreamMs(request.route.kind, request.directives.msn !== null, this.#targetDurationS));
    try {
      const answer = await this.#ask(location, request, race);
      if (answer.state) this.#targetDurationS = answer.state.targetDurationS;
      if (answer.status === 504) this.#forgetLocation(); // it may have moved
      return answer;
    } finally {
      race.end();
    }
  }

  /** Whether the catalogue says that a broadcast is over. */
  async isOver(broadcast: string): Promise<boolean> {
    return (await this.#locate(broadcast))?.state === 'ended';
  }

  async #ask(location: BroadcastLocation, request: OriginRequest, race: Race): Promise<Answer> {
    let attempts = 0;
    const attempt = ({ originUrl }: BroadcastLocation) => {
      attempts++;
      return race.run((control) => this.#fetch.attempt(originUrl, request, control));
    };
    const onHedge = () => this.#counters.add('origin_hedges');
    const isGood = ({ answer }: Attempt) => answer.status < 500;
    const first = isHedged(request)
      ? await hedged(() => attempt(location), { afterMs: edgeLimits.hedgeMs, onHedge, isGood })
      : await attempt(location);
    if (!first.mayRepeat || attempts > 1) return first.answer;
    this.#forgetLocation();
    const again = (await this.#locate(request.route.broadcast)) ?? location;
    // The one request that finds out whether an origin is back is one.
    if (!mayAsk(again.originUrl)) return first.answer;
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs()));
    this.#counters.add('origin_retries');
    return (await attempt(again)).answer;
  }

  /** Where the origin is now, when the one that was known is left alone; null: nowhere else. */
  async #healthy(known: BroadcastLocation, broadcast: string): Promise<BroadcastLocation | null> {
    if (mayAsk(known.originUrl)) return known;
    this.#forgetLocation();
    const now = await this.#locate(broadcast);
    return now && now.originUrl !== known.originUrl && mayAsk(now.originUrl) ? now : null;
  }

  #forgetLocation(): void {
    this.#located &&= { ...this.#located, atMs: 0 };
  }

  async #locate(broadcast: string): Promise<BroadcastLocation | null> {
    const held = this.#located;
    if (held?.broadcast === broadcast && Date.now() - held.atMs <= edgeLimits.originTtlMs) return held.location;
    try {
      const location = await originOf(this.#db, broadcast);
      this.#located = location && { broadcast, location, atMs: Date.now() };
      return location;
    } catch (error) {
      if (held?.broadcast !== broadcast) throw error;
      return held.location; // the catalogue is away: the origin is most likely where it was
    }
  }
}

/** Attempts with one time limit; when one has come home the others are called off. */
class Race {
  readonly #open = new Set<AbortController>();
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(limitMs: number) {
    // Not AbortSignal.timeout: a segment in the making outlives the limit for its beginning.
    this.#timer = setTimeout(() => {
      for (const control of this.#open) control.abort();
    }, limitMs);
  }

  async run(work: (control: AbortController) => Promise<Attempt>): Promise<Attempt> {
    const control = new AbortController();
    this.#open.add(control);
    try {
      return await work(control);
    } finally {
      this.#open.delete(control);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const control of this.#open) control.abort(lostRace);
  }
}

/** Only what is there already and never changes: what the origin may hold must not be asked for twice. */
function isHedged({ route }: OriginRequest): boolean {
  return route.kind === 'init' || route.kind === 'segment';
}

function retryDelayMs(): number {
  const { retryDelayMsMin, retryDelayMsMax } = edgeLimits;
  return retryDelayMsMin + Math.random() * (retryDelayMsMax - retryDelayMsMin);
}
