import { formatDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { holeFile } from '#shared/wire/hole.ts';
import { liveSegment, liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { parsePlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { importWireKey, nonceBytes, signatureHeader, signRequest, type WireKey } from '#shared/wire/signature.ts';
import { type Answer, type Call, hole, refusal } from '../cache/answer.ts';
import type { Counters } from '../cache/counters.ts';
import { fillLog, newLog } from '../cache/relay.ts';
import type { OriginAddress } from '../control/directory.ts';
import { type OriginKeyName, originKeyLost, originWireKey } from '../control/wire-keys.ts';
import { noteOutcome } from './health.ts';
import { readOriginRefusal, signatureRefusal } from './origin-refusal.ts';
import { readBody } from './read-body.ts';
import type { OriginRequest } from './source.ts';

/** How one request to an origin ended. */
export interface Attempt {
  readonly answer: Answer;
  /** The same request may go through a moment later. */
  readonly mayRepeat: boolean;
  /** The origin does not know the key that was signed with. Absent: false. */
  readonly isKeyUnknown?: boolean;
}

/** One signed request to an origin, without any repeating; tells the origin's health how it went. */
export class OriginFetch {
  readonly #wireKeys: string;
  readonly #waitUntil: Call['waitUntil'];
  readonly #counters: Counters;
  #key: Promise<WireKey> | null = null;
  #waiting = 0;

  constructor(wireKeys: string, waitUntil: Call['waitUntil'], counters: Counters) {
    this.#wireKeys = wireKeys;
    this.#waitUntil = waitUntil;
    this.#counters = counters;
  }

  /** Requests that have no headers yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The origin's answer; never throws. A body in the making keeps `control` until its end. */
  async attempt({ url, key: name }: OriginAddress, request: OriginRequest, control: AbortController): Promise<Attempt> {
    const { signal } = control;
    // Nothing was asked, so it says nothing about the origin.
    if (signal.aborted) return calledOff(signal);
    try {
      const key = await this.#keyOf(name);
      if (key === null) return keyNotDerived(name);
      const response = await this.#send(url, key, request, signal);
      const attempt = await this.#read(response, request, control);
      noteOutcome(url, !isPassing(response.status));
      return attempt;
    } catch (error) {
      if (signal.aborted && signal.reason === lostRace) return calledOff(signal);
      noteOutcome(url, false);
      this.#counters.add('origin_failures');
      if (signal.aborted) return calledOff(signal);
      console.warn(JSON.stringify({ event: 'origin_unreachable', path: request.path, error: String(error) }));
      return failed('upstream_failed', 'The origin of this stream cannot be reached.', true);
    }
  }

  async #send(url: string, key: WireKey, request: OriginRequest, signal: AbortSignal): Promise<Response> {
    const target = request.path + formatDirectives(request.directives);
    const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
    const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const headers = { [signatureHeader]: await signRequest(key, signed, Date.now(), nonce) };
    this.#counters.add('origin_fetches');
    this.#waiting++;
    try {
      return await fetch(url + target, { headers, signal, redirect: 'manual', cache: 'no-store' });
    } finally {
      this.#waiting--;
    }
  }

  async #read(response: Response, request: OriginRequest, control: AbortController): Promise<Attempt> {
    const born = { state: null, bornMs: Date.now(), from: 'origin' } as const;
    if (response.status === 200 && response.body && response.headers.get(liveSegmentHeader) === liveSegment) {
      const growing = newLog();
      growing.whenSettled((whole) => this.#counters.add('origin_bytes', whole?.byteLength ?? 0));
      this.#waitUntil(fillLog(growing, response.body, edgeLimits.growingStallMsMax).finally(() => control.abort()));
      return { answer: { ...born, status: 200, body: new ArrayBuffer(0), growing }, mayRepeat: false };
    }
    const body = await readBody(response, edgeLimits.objectBytesMax);
    if (!body) return failed('upstream_failed', 'The origin sent more than one object may hold.', false);
    this.#counters.add('origin_bytes', body.byteLength);
    const instead = holeFile(response.status, response.headers.get('location'));
    if (instead !== null) return { answer: hole(instead, Date.now(), 'origin'), mayRepeat: false };
    if (response.status !== 200) {
      const isFailure = isPassing(response.status);
      if (isFailure) this.#counters.add('origin_failures');
      const refused = signatureRefusal(response, body);
      const answer = readOriginRefusal(response, body, request.path);
      return { answer, mayRepeat: isFailure || refused === 'spent', isKeyUnknown: refused === 'unknown_key' };
    }
    const state = parsePlaylistState(response.headers.get(playlistStateHeader));
    return { answer: { ...born, status: 200, body, state }, mayRepeat: false };
  }

  /** What an origin knows us by; null: a key of its own that is derived from none of the pairs that we have. */
  #keyOf(name: OriginKeyName | null): Promise<WireKey | null> {
    if (name) return originWireKey(this.#wireKeys, name);
    this.#key ??= importFirstKey(this.#wireKeys);
    return this.#key;
  }
}

/** Nothing is sent: another signature would be refused, and the deployment's is not for an origin that has its own. */
function keyNotDerived(name: OriginKeyName | null): Attempt {
  console.warn(JSON.stringify({ event: 'origin_key_not_derived', ...name }));
  return { ...failed('upstream_failed', originKeyLost, false), isKeyUnknown: true };
}

function calledOff({ reason }: AbortSignal): Attempt {
  if (reason === lostRace) return failed('upstream_failed', 'Another was quicker.', false);
  return failed('upstream_timeout', 'The origin did not answer in time.', false);
}

/** Why an attempt was called off that says nothing about the origin. */
export const lostRace = 'another attempt was quicker';

/** 503 and 504 say "not now": repeating them at once would be a storm. */
function isPassing(status: number): boolean {
  return status === 500 || status === 502;
}

function failed(code: ProblemCode, detail: string, mayRepeat: boolean): Attempt {
  return { answer: refusal(code, detail, Date.now(), 'origin'), mayRepeat };
}

async function importFirstKey(wireKeys: string): Promise<WireKey> {
  const [first = ''] = wireKeys.trim().split(/\s+/);
  const colon = first.indexOf(':');
  if (colon < 1) throw new Error('WIRE_KEYS does not begin with <kid>:<secret>');
  return importWireKey(first.slice(0, colon), first.slice(colon + 1));
}
