import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import type { Answer, TierRequest } from '../cache/answer.ts';
import { ByteLru } from '../cache/byte-lru.ts';

type SegmentRoute = Extract<BroadcastRoute, { readonly kind: 'segment' }>;

/** A part from memory or from the origin, merged with all others who want it. */
type GetPart = (request: TierRequest) => Promise<Answer>;

/**
 * Makes complete segments of one rendition out of its parts while low-latency viewers watch it: they need each part, and
 * a segment is its parts in a row, to the byte, so that the origin has to send nothing twice.
 */
export class Assembler {
  readonly #getPart: GetPart;
  /** When a viewer last asked for a part, ms since the Unix epoch. */
  #partWantedMs = 0;
  /** Number of parts by segment, of those near the live edge. */
  readonly #counts = new ByteLru<number>(edgeLimits.assembledSegmentsMax, edgeLimits.assembledSegmentsMax);
  /** The live edge when segments were last counted. */
  #countedAt = '';

  constructor(getPart: GetPart) {
    this.#getPart = getPart;
  }

  /** Learns from what PoPs ask for. */
  noteWanted({ route }: TierRequest): void {
    if (route.kind === 'part') this.#partWantedMs = Date.now();
  }

  /** Learns from a playlist that came from the origin. */
  noteAnswer({ state, body }: Answer): void {
    if (!state) return;
    const edge = `${state.msn} ${state.complete}`;
    if (edge === this.#countedAt) return;
    this.#countedAt = edge;
    for (const [msn, count] of countParts(new TextDecoder().decode(body))) this.#counts.set(msn, count, 1);
  }

  /** The segment, or null where it is better asked for: nobody needs its parts, or they are not known or not to be had. */
  async assemble({ route }: TierRequest): Promise<Answer | null> {
    if (route.kind !== 'segment' || Date.now() - this.#partWantedMs > edgeLimits.partsWantedMs) return null;
    const count = this.#counts.get(String(route.msn)) ?? 0;
    if (count === 0) return null;
    const wanted = Array.from({ length: count }, (_, part) => partRequest(route, part));
    const parts = await Promise.all(wanted.map((request) => this.#getPart(request)));
    if (parts.some(({ status }) => status !== 200)) return null;
    const bornMs = Math.max(...parts.map((part) => part.bornMs));
    return { status: 200, body: joined(parts.map(({ body }) => body)), state: null, bornMs, from: 'shield' };
  }
}

/** How many parts a playlist lists of each segment that it lists as a whole. */
function countParts(playlist: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, msn = '', part] of playlist.matchAll(/^#EXT-X-PART:[^\n]*URI="(\d+)\.(\d+)\.m4s"/gm)) {
    counts.set(msn, Number(part) + 1);
  }
  for (const msn of counts.keys()) if (!playlist.includes(`\n${msn}.m4s\n`)) counts.delete(msn);
  return counts;
}

function partRequest({ broadcast, rendition, msn }: SegmentRoute, part: number): TierRequest {
  const route = { kind: 'part', broadcast, rendition, msn, part } as const;
  return { route, path: formatPlaybackPath(route), directives: noDirectives };
}

function joined(bodies: readonly ArrayBuffer[]): ArrayBuffer {
  const whole = new Uint8Array(bodies.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const body of bodies) {
    whole.set(new Uint8Array(body), at);
    at += body.byteLength;
  }
  return whole.buffer;
}
