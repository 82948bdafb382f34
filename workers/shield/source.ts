import { edgeLimits } from '#shared/limits/edge.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import type { Counters } from '../cache/counters.ts';
import { upstreamMs } from '../cache/policy.ts';
import type { OriginAddress } from '../control/directory.ts';
import type { Env } from '../env.ts';
import { mayAsk } from './health.ts';
import { hedged } from './hedge.ts';
import { Locations } from './locations.ts';
import { type Attempt, OriginFetch } from './origin-fetch.ts';
import { Race } from './race.ts';

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
 * Fetches from the origins that hold a broadcast. The only layer that repeats a request, and it does so once, of another
 * origin where there is one: after a failure, after a "not found" that another may know better, or beside an answer that
 * is slow to come; and the one that leaves a dead origin alone.
 */
export class OriginSource implements Source<OriginRequest> {
  readonly #locations: Locations;
  readonly #counters: Counters;
  readonly #fetch: OriginFetch;
  /** Of the last playlist. */
  #targetDurationS: number | null = null;

  constructor({ DB, WIRE_KEYS }: Pick<Env, 'DB' | 'WIRE_KEYS'>, waitUntil: Call['waitUntil'], counters: Counters) {
    this.#locations = new Locations(DB);
    this.#counters = counters;
    this.#fetch = new OriginFetch(WIRE_KEYS, waitUntil, counters);
  }

  get waiting(): number {
    return this.#fetch.waiting;
  }

  async answer(request: OriginRequest): Promise<Answer> {
    const { kind } = request.route;
    const endMs = Date.now() + upstreamMs(kind, request.directives.msn !== null, this.#targetDurationS);
    const answer = await this.#answerOnce(request, Math.max(0, endMs - Date.now()));
    return isManifest(kind) ? this.heirAnswer(request, answer, endMs) : answer;
  }

  /** That of the origin that is about to go on with the broadcast, for as long as the one before it is away and one waits. */
  async heirAnswer(request: OriginRequest, answer: Answer, endMs: number): Promise<Answer> {
    const { broadcast } = request.route;
    let latest = answer;
    while (isAway(latest) && Date.now() + edgeLimits.heirLookMs < endMs) {
      if (!(await this.#locations.awaitsHeir(broadcast).catch(() => false))) break;
      await new Promise((resolve) => setTimeout(resolve, edgeLimits.heirLookMs));
      latest = await this.#answerOnce(request, Math.max(0, endMs - Date.now()));
    }
    return latest;
  }

  async #answerOnce(request: OriginRequest, limitMs: number): Promise<Answer> {
    const { broadcast } = request.route;
    const known = await this.#locations.find(broadcast);
    if (!known) return refusal('not_found', 'There is no such broadcast.', Date.now(), 'origin');
    if (known.isOrphaned) return refusal('not_found', 'No origin has this any more.', Date.now(), 'origin');
    const from = await this.#locations.healthy(known, broadcast);
    if (from === null) {
      this.#counters.add('origin_refused_by_breaker');
      return refusal('upstream_failed', 'The origin of this stream is not answering.', Date.now(), 'origin');
    }
    const race = new Race(limitMs);
    try {
      const answer = await this.#ask(from, known.origins.length > 1, request, race);
      if (answer.state) this.#targetDurationS = answer.state.targetDurationS;
      if (answer.status === 504) this.#locations.doubt();
      return answer;
    } finally {
      race.end();
    }
  }

  /** Whether the catalogue says that a broadcast is over. */
  async isOver(broadcast: string): Promise<boolean> {
    return (await this.#locations.find(broadcast))?.state === 'ended';
  }

  /** Whether a broadcast is over whose origins were all removed. */
  async isOrphaned(broadcast: string): Promise<boolean> {
    return (await this.#locations.find(broadcast).catch(() => null))?.isOrphaned === true;
  }

  /** Whether viewers are told that it is over, because nothing is heard of its origin any more, too. */
  async isToldOver(broadcast: string): Promise<boolean> {
    const location = await this.#locations.find(broadcast).catch(() => undefined);
    // One that nobody ever held goes on nowhere.
    return location === null || location?.toldState === 'ended';
  }

  async #ask(from: OriginAddress, hasCopies: boolean, request: OriginRequest, race: Race): Promise<Answer> {
    const { broadcast } = request.route;
    let attempts = 0;
    const attempt = (address: OriginAddress) => {
      attempts++;
      return race.run((control) => this.#fetch.attempt(address, request, control));
    };
    const beside = async () => attempt(attempts === 0 ? from : await this.#beside(from, broadcast));
    const onHedge = () => this.#counters.add('origin_hedges');
    const isGood = ({ answer }: Attempt) => answer.status < 500;
    const first = isHedged(request, hasCopies)
      ? await hedged(beside, { afterMs: edgeLimits.hedgeMs, onHedge, isGood })
      : await attempt(from);
    if (first.isKeyUnknown && attempts === 1) {
      const rekeyed = await this.#locations.rekeyed(from, broadcast).catch(() => null);
      return rekeyed === null ? first.answer : this.#again(() => attempt(rekeyed));
    }
    const heir = first.answer.status === 410 ? await this.#locations.moved(from, broadcast).catch(() => null) : null;
    if (heir !== null && attempts === 1) return better(first.answer, await this.#again(() => attempt(heir)));
    const mayBeElsewhere = hasCopies && isAbsent(first.answer);
    if (attempts > 1 || !(first.mayRepeat || mayBeElsewhere)) return first.answer;
    if (first.mayRepeat) this.#locations.doubt();
    const other = await this.#locations.other(from, broadcast);
    if (other !== null) return better(first.answer, await this.#again(() => attempt(other)));
    // The one request that finds out whether an origin is back is one.
    if (!first.mayRepeat || !mayAsk(from.url)) return first.answer;
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs()));
    return this.#again(() => attempt(from));
  }

  async #again(attempt: () => Promise<Attempt>): Promise<Answer> {
    this.#counters.add('origin_retries');
    return (await attempt()).answer;
  }

  /** Who is asked beside an origin that is slow: another one that holds the broadcast, else the same once more. */
  async #beside(from: OriginAddress, broadcast: string): Promise<OriginAddress> {
    return (await this.#locations.other(from, broadcast).catch(() => null)) ?? from;
  }
}

/** What the origin may hold must not be asked for twice; of the rest, what changes only of another origin. */
function isHedged({ route, directives }: OriginRequest, hasCopies: boolean): boolean {
  if (route.kind === 'init' || route.kind === 'segment') return true;
  return hasCopies && route.kind !== 'part' && directives.msn === null;
}

/** What players give up on when it fails for some seconds: it is held until another origin goes on with the broadcast. */
function isManifest(kind: BroadcastRoute['kind']): boolean {
  return kind === 'media-playlist' || kind === 'multivariant' || kind === 'mpd';
}

function isAway({ status }: Answer): boolean {
  return status === 502 || status === 503 || status === 410;
}

function isAbsent({ status }: Answer): boolean {
  return status === 404 || status === 410 || status === holeStatus;
}

/** A failure of the second does not hide that the first knew of nothing, nor hides anything but media that it was lost. */
function better(first: Answer, second: Answer): Answer {
  if (first.status === holeStatus) return second.status === 200 ? second : first;
  return isAbsent(first) && second.status >= 500 ? first : second;
}

function retryDelayMs(): number {
  const { retryDelayMsMin, retryDelayMsMax } = edgeLimits;
  return retryDelayMsMin + Math.random() * (retryDelayMsMax - retryDelayMsMin);
}
