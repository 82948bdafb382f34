import { edgeLimits } from '#shared/limits.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { Answer, TierRequest } from '../cache/answer.ts';
import { ByteLru } from '../cache/byte-lru.ts';

/**
 * Makes complete segments of one rendition out of parts that are here already, so that the origin sends no byte twice: a
 * segment is its parts in a row, to the byte. How many there are is only believed of an origin's state that says so.
 */
export class Assembler {
  readonly #partOf: (path: string) => Answer | undefined;
  /** Number of parts by path of the media playlist and segment. */
  readonly #counts = new ByteLru<number>(edgeLimits.assembledSegmentsMax, edgeLimits.assembledSegmentsMax);

  /** @param partOf a part that is held, by its path */
  constructor(partOf: (path: string) => Answer | undefined) {
    this.#partOf = partOf;
  }

  /** Learns from a playlist that came from the origin. */
  note({ path }: TierRequest, { state }: Answer): void {
    if (state?.complete && state.part >= 0) this.#counts.set(`${path}#${state.msn}`, state.part + 1, 1);
  }

  /** The segment, or null when any of it would have to be asked for. */
  assemble({ route }: TierRequest): Answer | null {
    if (route.kind !== 'segment') return null;
    const { broadcast, rendition, msn } = route;
    const playlist = formatPlaybackPath({ kind: 'media-playlist', broadcast, rendition });
    const count = this.#counts.get(`${playlist}#${msn}`) ?? 0;
    const bodies: ArrayBuffer[] = [];
    let bornMs = 0;
    for (let part = 0; part < count; part++) {
      const held = this.#partOf(formatPlaybackPath({ kind: 'part', broadcast, rendition, msn, part }));
      if (!held) return null;
      bodies.push(held.body);
      bornMs = Math.max(bornMs, held.bornMs);
    }
    return count === 0 ? null : { status: 200, body: joined(bodies), state: null, bornMs, from: 'shield' };
  }
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
