import { createHash } from 'node:crypto';
import { readMediaPlaylist } from './oracles.ts';

const lookMs = 200;

/** Takes every segment of a broadcast as soon as a playlist announces it: what its replay is measured by. */
export class SegmentWitness {
  /** By path below the broadcast, `v360/7.m4s`: hash of the bytes that a viewer got. */
  readonly seen = new Map<string, string>();
  readonly #base: string;
  readonly #running: Promise<unknown>;
  #stopped = false;

  /** @param base URL of the broadcast at a PoP, without a slash at its end */
  constructor(base: string, renditions: readonly string[]) {
    this.#base = base;
    this.#running = Promise.all(renditions.map((rendition) => this.#follow(rendition)));
    this.#running.catch(() => {}); // told by stop()
  }

  /** Number of segments that it has of a rendition. */
  count(rendition: string): number {
    return [...this.seen.keys()].filter((path) => path.startsWith(`${rendition}/`)).length;
  }

  /** Looks once more, and rejects with what went wrong on the way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #follow(rendition: string): Promise<void> {
    for (let last = false; !last; ) {
      last = this.#stopped;
      const { segments, gaps } = readMediaPlaylist(await (await fetch(`${this.#base}/${rendition}/index.m3u8`)).text());
      for (const name of segments) {
        const path = `${rendition}/${name}`;
        if (!this.seen.has(path) && !gaps.includes(name)) this.seen.set(path, await hashOf(`${this.#base}/${path}`));
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}

/** Hash of what a URL answers; throws unless that is a 200. */
export async function hashOf(url: string): Promise<string> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
  return createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex');
}
