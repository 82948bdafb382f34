import { type Directives, formatDirectives, noDirectives } from '#shared/hls/directives.ts';
import { isBroadcastRoute, parsePlaybackPath } from '#shared/route/route.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { type Answer, refusal, type TierRequest } from '../../../workers/cache/answer.ts';
import { ByteLru } from '../../../workers/cache/byte-lru.ts';
import { MemoryTier } from '../../../workers/cache/memory-tier.ts';

const broadcast = 'b_00000000000000000000';

export const start: PlaylistState = {
  msn: 10,
  part: 3,
  complete: false,
  targetDurationS: 2,
  partTargetS: 0.2,
  ended: false,
};

interface Asked {
  readonly query: string;
  answer(answer: Answer): void;
}

/** One memory tier with an upstream that the test answers by hand. */
export class MemoryStage {
  readonly tier = new MemoryTier({
    name: 'isolate',
    store: new ByteLru<Answer>(1_000_000, 100),
    scope: '',
    tiersAbove: 1,
  });
  /** Upstream requests that wait for an answer, oldest first. */
  readonly waiting: Asked[] = [];
  /** Every upstream query there was. */
  readonly queries: string[] = [];

  ask(file: string, directives: Partial<Directives> = {}): Promise<Answer> {
    const path = `/b/${broadcast}/${file}`;
    const route = parsePlaybackPath(path)?.route;
    if (!route || !isBroadcastRoute(route)) throw new Error(`${path} is not an object`);
    const call = { upstream: (request: TierRequest) => this.#upstream(request), waitUntil: () => {} };
    return this.tier.answer({ route, path, directives: { ...noDirectives, ...directives } }, call);
  }

  playlist(directives: Partial<Directives> = {}): Promise<Answer> {
    return this.ask('v720/index.m3u8', directives);
  }

  /** Answers the oldest waiting upstream request; resolves when everything that follows at once has run. */
  async answer(answer: Answer): Promise<void> {
    const asked = this.waiting.shift();
    if (!asked) throw new Error('Nothing was asked upstream.');
    asked.answer(answer);
    await settle();
  }

  #upstream(request: TierRequest): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const query = formatDirectives(request.directives);
    this.queries.push(query);
    this.waiting.push({ query, answer: resolve });
    return promise;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

export function playlistAnswer(change: Partial<PlaylistState> = {}, text = ''): Answer {
  const state = { ...start, ...change };
  return { ...bytesAnswer(text || `${state.msn}.${state.part}`), state };
}

export function bytesAnswer(text: string): Answer {
  const body = new TextEncoder().encode(text).buffer as ArrayBuffer;
  return { status: 200, body, state: null, bornMs: Date.now(), from: 'origin' };
}

export function failure(code: 'upstream_failed' | 'upstream_timeout' | 'not_found' | 'gone'): Answer {
  return refusal(code, 'made by the test', Date.now(), 'origin');
}

export function textOf(answer: Answer): string {
  return new TextDecoder().decode(answer.body);
}
