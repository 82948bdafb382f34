import { DurableObject } from 'cloudflare:workers';
import { edgeLimits } from '#shared/limits/edge.ts';
import { bucketOf } from '../bucket/bucket.ts';
import type { Answer, Call, TierRequest } from '../cache/answer.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { Counters } from '../cache/counters.ts';
import { MemoryTier } from '../cache/memory-tier.ts';
import { readLog } from '../cache/relay.ts';
import { isStored } from '../cache/stored.ts';
import { noteStale } from '../control/directory.ts';
import type { Env } from '../env.ts';
import { Assembler } from './assembler.ts';
import { BucketFirst } from './bucket-first.ts';
import { BucketSource, type HeldReplay } from './bucket-source.ts';
import type { ShieldAnswer } from './client.ts';
import { ForeignSource, isForeign } from './foreign-source.ts';
import { MissingSegments } from './missing-segments.ts';
import { Prefetch } from './prefetch.ts';
import { type OriginRequest, OriginSource } from './source.ts';
import { askBucket, askSources } from './sources.ts';
import { StaleWatch } from './stale-watch.ts';

/** Objects of one class may share an isolate and its memory, so they share one store; keys carry the object's id. */
const store = new ByteLru<Answer>(edgeLimits.shieldCacheBytesMax, edgeLimits.shieldCacheEntriesMax);

/** One more for what they read of replays. */
const replays = new ByteLru<HeldReplay>(edgeLimits.replayCacheBytesMax, edgeLimits.replayCacheEntriesMax);

/** Stands between all PoPs of a region and the origin, for one rendition of one broadcast: merges, holds, remembers. */
export class Shield extends DurableObject<Env> {
  readonly #tier: MemoryTier;
  readonly #call: Call;
  readonly #assembler: Assembler;
  readonly #prefetch: Prefetch;
  readonly #counters = new Counters();
  readonly #stale: StaleWatch;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    const scope = state.id.toString();
    this.#tier = new MemoryTier({ name: 'shield', store, scope, tiersAbove: 0, counters: this.#counters });
    const waitUntil = (work: Promise<unknown>) => state.waitUntil(work);
    const origin = new OriginSource(env, waitUntil, this.#counters);
    const bucket = new BucketSource(() => bucketOf(env), new MissingSegments(env.DB), replays);
    const bucketFirst = new BucketFirst(bucket, env.BUCKET_FIRST, this.#counters);
    const foreign = new ForeignSource(env, this.#counters);
    // The catalogue may be away as well; there is nobody else to tell.
    this.#stale = new StaleWatch((id) => waitUntil(noteStale(env.DB, id, Date.now()).catch(() => {})));
    this.#assembler = new Assembler((request) => this.#tier.answer(request, this.#call));
    this.#prefetch = new Prefetch({
      ask: (request) => this.#tier.answer(request, this.#call),
      waiting: () => origin.waiting,
      count: () => this.#counters.add('prefetches'),
      hintsOnly: bucketFirst.isOn,
    });
    const upstream = async (request: TierRequest) => {
      if (isForeign(request)) return foreign.answer(request);
      if (isStored(request)) return askBucket(bucket, request as OriginRequest);
      const assembled = await this.#assembler.assemble(request);
      if (assembled) return assembled;
      const answer = await askSources({ origin, bucket, bucketFirst }, request as OriginRequest);
      this.#assembler.noteAnswer(answer);
      bucketFirst.noteAnswer(answer);
      waitUntil(this.#prefetch.follow(request, answer));
      return answer;
    };
    this.#call = { upstream, waitUntil };
  }

  /** The object a PoP asks for; never throws. */
  async answer(request: TierRequest): Promise<ShieldAnswer> {
    this.#assembler.noteWanted(request);
    this.#prefetch.see(request);
    const answer = await this.#tier.answer(request, this.#call);
    this.#stale.see(request, answer, Date.now());
    const { status, body, growing, state, bornMs, from, foreign, location } = answer;
    const stream = growing ? readLog(growing, edgeLimits.growingStallMsMax) : null;
    const ageMs = Math.max(0, Date.now() - bornMs);
    const traits = { ...(foreign && { foreign }), ...(location && { location }) };
    return { status, body, stream, state, from, ageMs, ...traits, counts: this.#counters.take() };
  }
}
