import type { Directives } from '#shared/hls/directives.ts';
import { type Problem, problem } from '#shared/model/problem.ts';
import type { BroadcastRoute } from '#shared/route/route.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { ChunkLog } from './chunk-log.ts';
import type { Policy } from './policy.ts';

/** Where the bytes of an answer were found, nearest first. */
export type TierName = 'isolate' | 'pop' | 'shield' | 'origin';

/** The tiers that are made of memory. */
export type MemoryName = Extract<TierName, 'isolate' | 'shield'>;

/** An object of a channel's foreign source: its kind is not in its name but in what its server answers. */
export interface ForeignRoute {
  readonly kind: 'foreign';
  readonly channel: string;
  /** Address of the source's manifest. */
  readonly source: string;
  /** Path below `/x/<channel>/`. */
  readonly file: string;
}

/** What a foreign object turned out to be. */
export interface ForeignTraits {
  readonly contentType: string;
  readonly kind: 'playlist' | 'mpd' | 'media' | 'other';
  readonly policy: Policy;
}

/** One object asked of a tier; plain data, so that it can cross to a Durable Object. */
export interface TierRequest {
  readonly route: BroadcastRoute | ForeignRoute;
  /** Canonical path of `route`: the cache key and, with the directives, the upstream target. */
  readonly path: string;
  readonly directives: Directives;
}

/** An answer as plain data: the only thing that requests share (never a Response or a stream). */
export interface Answer {
  /** 200, {@link holeStatus}, or an error whose `body` is a problem document. */
  readonly status: number;
  readonly body: ArrayBuffer;
  /** The body while it is being made; `body` is empty then. */
  readonly growing?: ChunkLog;
  /** Beside a media playlist only. */
  readonly state: PlaylistState | null;
  /** When the origin made it, ms since the Unix epoch by this machine's clock. */
  readonly bornMs: number;
  readonly from: TierName;
  /** Beside the objects of a foreign source only. */
  readonly foreign?: ForeignTraits;
  /** With {@link holeStatus}: the file beside a segment that nobody has, which is named in its place. */
  readonly location?: string;
}

/** What a tier needs of the request that it works for. */
export interface Call {
  /** Asks the next tier; answers within {@link TierRequest}'s upstream limit and never throws on purpose. */
  upstream(request: TierRequest): Promise<Answer>;
  /** Keeps shared work alive when its leader's viewer leaves. */
  waitUntil(work: Promise<unknown>): void;
}

const encoder = new TextEncoder();

/** An error as an answer: its body is the problem document. */
export function refusal(code: Problem['code'], detail: string, bornMs: number, from: TierName): Answer {
  const document = problem(code, detail);
  const body = encoder.encode(JSON.stringify(document)).buffer as ArrayBuffer;
  return { status: document.status, body, state: null, bornMs, from };
}

/** A segment that was announced and that nobody will ever have. @param location what is named in its place */
export function hole(location: string, bornMs: number, from: TierName): Answer {
  return { status: holeStatus, body: new ArrayBuffer(0), state: null, bornMs, from, location };
}
