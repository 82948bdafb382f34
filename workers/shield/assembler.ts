import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import type { Answer, TierRequest } from '../cache/answer.ts';
import { ByteLru } from '../cache/byte-lru.ts';

type SegmentRoute = Extract<BroadcastRoute, { readonly kind: 'segment' }>;

/** What an assembler needs of the shield around it. */
interface Parts {
  /** Whether a part is in memory, by its path. */
  has(path: string): boolean;
  /** The part from memory or from the origin, merged with all others who want it. */
  get(request: TierRequest): Promise<Answer>;
}

/**
 * Makes complete segments of one rendition out of its parts, where low-latency viewers have brought most of them: a
 * segment is its parts in a row, to the byte, so that the origin has to send nothing twice.
 */
export class Assembler {
  readonly #parts: Parts;
  /** Number of parts by segment, also of those whose parts are listed no more. */
  readonly #counts = new ByteLru<number>(edgeLimits.assembledSegmentsMax, edgeLimits.assembledSegmentsMax);
  /** The live edge when segments were last counted. */
  #countedAt = '';

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Learns from a playlist that came from the origin. */
  note({ state, body }: Answer): void {
    if (!state) return;
    const edge = `${state.msn} ${state.complete}`;
    if (edge === this.#countedAt) return;
    this.#countedAt = edge;
    for (const [msn, count] of countParts(new TextDecoder().decode(body))) this.#counts.set(msn, count, 1);
  }

  /** The segment, or null where it is better asked for: it is not complete, or too little of it is here. */
  async assemble({ route }: TierRequest): Promise<Answer | null> {
    if (route.kind !== 'segment') return null;
    const count = this.#counts.get(String(route.msn)) ?? 0;
    const wanted = Array.from({ length: count }, (_, part) => partRequest(route, part));
    const held = wanted.filter(({ path }) => this.#parts.has(path)).length;
    if (held === 0 || 2 * held < count) return null;
    const parts = await Promise.all(wanted.map((request) => this.#parts.get(request)));
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
