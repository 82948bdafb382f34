import { edgeLimits } from '#shared/limits/edge.ts';
import { livePartKey } from '#shared/model/object-name.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { BucketObject } from '../bucket/bucket.ts';
import type { Answer } from '../cache/answer.ts';
import type { Counters } from '../cache/counters.ts';
import { type BucketSource, readObject } from './bucket-source.ts';
import { mayAsk, noteOutcome } from './health.ts';
import type { OriginRequest } from './source.ts';

/** The bucket among the hosts whose health is known. */
const bucketHost = 'bucket';

/**
 * Looks for live media of one rendition in the bucket, once and for a bounded time, before the origin is asked. What is
 * not there is remembered nowhere: a moment later it may be. A bucket that only fails is left alone for a while.
 */
export class BucketFirst {
  readonly #bucket: BucketSource;
  readonly #setting: string;
  readonly #counters: Counters;
  /** The newest playlist, and until when it is likely to be that. */
  #edge: { readonly state: PlaylistState; readonly untilMs: number } | null = null;

  /** @param setting `on`: segments; `parts`: parts too; anything else: the origin is always asked first */
  constructor(bucket: BucketSource, setting: string | undefined, counters: Counters) {
    this.#bucket = bucket;
    this.#setting = setting ?? '';
    this.#counters = counters;
  }

  get isOn(): boolean {
    return this.#setting === 'on' || this.#setting === 'parts';
  }

  /** Learns from a playlist that came from the origin. */
  noteAnswer({ state }: Answer): void {
    if (state) this.#edge = { state, untilMs: Date.now() + state.targetDurationS * 1_000 };
  }

  /** The object, or null when the origin is to be asked. */
  async answer({ route, path }: OriginRequest): Promise<Answer | null> {
    const key = this.#keyOf(route, path.slice(1));
    if (key === null || !mayAsk(bucketHost)) return null;
    const answer = await this.#read(key, path);
    this.#counters.add(answer ? 'bucket_hits' : 'bucket_misses');
    return answer;
  }

  async #read(key: string, path: string): Promise<Answer | null> {
    const found = this.#bucket.find(key);
    try {
      const stored = await within(found, edgeLimits.bucketFirstMsMax);
      const answer = await within(readObject(stored), edgeLimits.bucketFirstBodyMsMax);
      noteOutcome(bucketHost, true);
      return answer;
    } catch (error) {
      noteOutcome(bucketHost, false);
      console.warn(JSON.stringify({ event: 'bucket_failed', path, error: String(error) }));
      found.then(letGo).catch(() => undefined);
      return null;
    }
  }

  #keyOf(route: BroadcastRoute, key: string): string | null {
    if (!this.isOn || !this.#isMade(route)) return null;
    if (route.kind === 'part') return this.#setting === 'parts' ? livePartKey(key) : null;
    return route.kind === 'segment' || route.kind === 'init' ? key : null;
  }

  /** Not what the newest playlist only hints at, which the origin holds; without a playlist anything may be there. */
  #isMade(route: BroadcastRoute): boolean {
    if (!this.#edge || Date.now() > this.#edge.untilMs || !('msn' in route)) return true;
    const edge = this.#edge.state;
    if (route.msn !== edge.msn || edge.complete) return route.msn <= edge.msn;
    return route.kind === 'part' && route.part <= edge.part;
  }
}

/** What came too late, or broke off. */
async function letGo(late: BucketObject | null): Promise<void> {
  if (late && !late.body.locked) await late.body.cancel();
}

async function within<Value>(work: Promise<Value>, limitMs: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
