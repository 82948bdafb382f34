import { formatDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { liveSegment, liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { parsePlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { importWireKey, signatureHeader, signRequest, type WireKey } from '#shared/wire/signature.ts';
import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import { upstreamMs } from '../cache/policy.ts';
import { fillLog, newLog } from '../cache/relay.ts';
import { type BroadcastLocation, originOf } from '../control/directory.ts';
import type { Env } from '../env.ts';
import { Breaker } from './breaker.ts';
import { readOriginRefusal } from './origin-refusal.ts';
import { readBody } from './read-body.ts';

interface Attempt {
  readonly answer: Answer;
  /** The same request may go through a moment later. */
  readonly mayRepeat: boolean;
}

/** Fetches from the origin that holds a broadcast. The only layer that repeats a failed request, and it does so once. */
export class OriginSource {
  readonly #db: D1Database;
  readonly #wireKeys: string;
  readonly #waitUntil: Call['waitUntil'];
  readonly #breaker = new Breaker();
  /** Of the last playlist. */
  #targetDurationS: number | null = null;
  #key: Promise<WireKey> | null = null;
  #located: { readonly broadcast: string; readonly location: BroadcastLocation; readonly atMs: number } | null = null;

  constructor({ DB, WIRE_KEYS }: Pick<Env, 'DB' | 'WIRE_KEYS'>, waitUntil: Call['waitUntil']) {
    this.#db = DB;
    this.#wireKeys = WIRE_KEYS;
    this.#waitUntil = waitUntil;
  }

  /** The origin's answer, or the reason why there is none. */
  async answer(request: TierRequest): Promise<Answer> {
    const location = await this.#locate(request.route.broadcast);
    if (!location) return refusal('not_found', 'There is no such broadcast.', Date.now(), 'origin');
    const leave = this.#breaker.leave(Date.now());
    if (leave === 'open') return refusal('upstream_failed', leftAlone, Date.now(), 'origin');
    // Not AbortSignal.timeout: a segment in the making outlives the limit for its beginning.
    const control = new AbortController();
    const limitMs = upstreamMs(request.route.kind, request.directives.msn !== null, this.#targetDurationS);
    const timer = setTimeout(() => control.abort(), limitMs);
    try {
      const first = await this.#attempt(location, request, control);
      if (!first.mayRepeat || leave === 'probe') return first.answer;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs()));
      const again = (await this.#locate(request.route.broadcast)) ?? location;
      return (await this.#attempt(again, request, control)).answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the catalogue says that a broadcast is over. */
  async isOver(broadcast: string): Promise<boolean> {
    return (await this.#locate(broadcast))?.state === 'ended';
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

  async #attempt(location: BroadcastLocation, request: TierRequest, control: AbortController): Promise<Attempt> {
    const attempt = await this.#fetch(location, request, control);
    const { status, state } = attempt.answer;
    if (status === 502 || status === 504) {
      this.#breaker.failed(Date.now());
      this.#located &&= { ...this.#located, atMs: 0 }; // it may have moved
    } else this.#breaker.succeeded();
    if (state) this.#targetDurationS = state.targetDurationS;
    return attempt;
  }

  async #fetch({ originUrl }: BroadcastLocation, request: TierRequest, control: AbortController): Promise<Attempt> {
    const { signal } = control;
    const target = request.path + formatDirectives(request.directives);
    try {
      const headers = { [signatureHeader]: await this.#sign(target) };
      const response = await fetch(originUrl + target, { headers, signal, redirect: 'manual', cache: 'no-store' });
      const born = { state: null, bornMs: Date.now(), from: 'origin' } as const;
      if (response.status === 200 && response.body && response.headers.get(liveSegmentHeader) === liveSegment) {
        const growing = newLog();
        this.#waitUntil(fillLog(growing, response.body, edgeLimits.growingStallMsMax).finally(() => control.abort()));
        return { answer: { ...born, status: 200, body: new ArrayBuffer(0), growing }, mayRepeat: false };
      }
      const body = await readBody(response, edgeLimits.objectBytesMax);
      if (!body) return failed('upstream_failed', 'The origin sent more than one object may hold.', false);
      if (response.status !== 200) {
        return { answer: readOriginRefusal(response, body, request.path), mayRepeat: isPassing(response.status) };
      }
      const state = parsePlaylistState(response.headers.get(playlistStateHeader));
      return { answer: { ...born, status: 200, body, state }, mayRepeat: false };
    } catch (error) {
      if (signal.aborted) return failed('upstream_timeout', 'The origin did not answer in time.', false);
      console.warn(JSON.stringify({ event: 'origin_unreachable', path: request.path, error: String(error) }));
      return failed('upstream_failed', 'The origin of this stream cannot be reached.', true);
    }
  }

  async #sign(target: string): Promise<string> {
    this.#key ??= importFirstKey(this.#wireKeys);
    return signRequest(await this.#key, { audience: 'origin', method: 'GET', target, body: null }, Date.now());
  }
}

const leftAlone = 'The origin of this stream failed several times in a row; it is asked again in a moment.';

/** 503 and 504 say "not now": repeating them at once would be a storm. */
function isPassing(status: number): boolean {
  return status === 500 || status === 502;
}

function failed(code: ProblemCode, detail: string, mayRepeat: boolean): Attempt {
  return { answer: refusal(code, detail, Date.now(), 'origin'), mayRepeat };
}

function retryDelayMs(): number {
  const { retryDelayMsMin, retryDelayMsMax } = edgeLimits;
  return retryDelayMsMin + Math.random() * (retryDelayMsMax - retryDelayMsMin);
}

async function importFirstKey(wireKeys: string): Promise<WireKey> {
  const [first = ''] = wireKeys.trim().split(/\s+/);
  const colon = first.indexOf(':');
  if (colon < 1) throw new Error('WIRE_KEYS does not begin with <kid>:<secret>');
  return importWireKey(first.slice(0, colon), first.slice(colon + 1));
}
